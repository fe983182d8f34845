// Without the package's trait MuJoCo there is no header, and nobody calls what is here.
#ifdef METARLZOO_MUJOCO

#include "CMuJoCo.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// The call of this thread that an error of the engine goes back to.
static _Thread_local jmp_buf *way_back;
static _Thread_local char *error_text;
static _Thread_local int error_size;

static void engine_failed(const char *text) {
  if (way_back) {
    if (error_size > 0) snprintf(error_text, (size_t)error_size, "%s", text);
    longjmp(*way_back, 1);
  }
  fprintf(stderr, "error: MuJoCo: %s\n", text);
  exit(1);
}

// Otherwise the engine writes a file in the working directory. Warnings that matter are counted in mjData.
static void engine_warned(const char *text) { (void)text; }

static void install_hooks(void) {
  mju_user_error = engine_failed;
  mju_user_warning = engine_warned;
}

static pthread_once_t hooks = PTHREAD_ONCE_INIT;

// Where an error in what follows goes. Nothing that follows may be kept in a register over the jump.
#define BEGIN(text, size)                                                                                             \
  pthread_once(&hooks, install_hooks);                                                                                \
  jmp_buf here;                                                                                                       \
  way_back = &here;                                                                                                   \
  error_text = (text);                                                                                                \
  error_size = (size);                                                                                                \
  if (setjmp(here))
#define END way_back = NULL

int cm_version(void) { return mj_version(); }

int cm_header_version(void) { return mjVERSION_HEADER; }

mjModel *cm_model(const char *xml, char *message, int size) {
  // Files are the one way in that all releases have.
  const char *folder = getenv("TMPDIR");
  char path[1024];
  if (size > 0) message[0] = 0;
  snprintf(path, sizeof path, "%s/metarlzoo-XXXXXX", folder && folder[0] ? folder : "/tmp");
  int file = mkstemp(path);
  if (file < 0) {
    snprintf(message, (size_t)size, "cannot write %s", path);
    return NULL;
  }
  FILE *stream = fdopen(file, "w");
  if (!stream) {
    close(file);
    unlink(path);
    snprintf(message, (size_t)size, "cannot write %s", path);
    return NULL;
  }
  int written = fputs(xml, stream) >= 0;
  written = fclose(stream) == 0 && written;
  if (!written) {
    unlink(path);
    snprintf(message, (size_t)size, "cannot write %s", path);
    return NULL;
  }
  BEGIN(message, size) {
    END;
    unlink(path);
    return NULL;
  }
  mjModel *model = mj_loadXML(path, NULL, message, size);
  END;
  unlink(path);
  return model;
}

mjData *cm_data(const mjModel *model, char *message, int size) {
  BEGIN(message, size) {
    END;
    return NULL;
  }
  mjData *data = mj_makeData(model);
  END;
  if (!data) snprintf(message, (size_t)size, "no memory for a simulation");
  return data;
}

static void clear_warnings(mjData *data) {
  for (int i = 0; i < mjNWARNING; i++) data->warning[i].number = 0;
}

static cm_outcome standing(const mjData *data, char *message, int size) {
  const mjWarningStat *w = data->warning;
  if (w[mjWARN_BADQPOS].number || w[mjWARN_BADQVEL].number || w[mjWARN_BADQACC].number || w[mjWARN_BADCTRL].number)
    return CM_UNSTABLE;
  if (w[mjWARN_CONTACTFULL].number || w[mjWARN_CNSTRFULL].number) {
    snprintf(message, (size_t)size, "more contacts than there is memory for");
    return CM_FAILED;
  }
  return CM_DONE;
}

static void finish(const mjModel *model, mjData *data, int after) {
  if (after & CM_FORWARD) mj_forward(model, data);
  if (after & CM_CONTACT_FORCES) mj_rnePostConstraint(model, data);
  if (after & CM_SUBTREE_VELOCITIES) mj_subtreeVel(model, data);
}

cm_outcome cm_start(const mjModel *model, mjData *data, const double *positions, const double *velocities, int after,
                    char *message, int size) {
  BEGIN(message, size) {
    END;
    return CM_FAILED;
  }
  mj_resetData(model, data);
  mju_copy(data->qpos, positions, (int)model->nq);
  mju_copy(data->qvel, velocities, (int)model->nv);
  clear_warnings(data);
  mj_forward(model, data);
  finish(model, data, after & ~CM_FORWARD);
  END;
  return standing(data, message, size);
}

cm_outcome cm_step(const mjModel *model, mjData *data, int steps, int after, char *message, int size) {
  BEGIN(message, size) {
    END;
    return CM_FAILED;
  }
  clear_warnings(data);
  for (int i = 0; i < steps; i++) {
    mj_step(model, data);
    cm_outcome outcome = standing(data, message, size);
    if (outcome != CM_DONE) {
      END;
      return outcome;
    }
  }
  finish(model, data, after);
  END;
  return standing(data, message, size);
}

#endif
