/// MuJoCo, as far as the locomotion families need it: its own header, and calls that come back when the engine fails.
///
/// The engine reports an error by calling a function that must not return; without one it ends the process, and release
/// 2.2.2 waits for a key first. The calls below take the error to the caller. They are for any thread, but not for the
/// same mjData on two threads at a time.
#ifndef METARLZOO_CMUJOCO_H
#define METARLZOO_CMUJOCO_H

#include <mujoco/mujoco.h>

/// What became of a call.
typedef enum {
  CM_DONE = 0,
  /// A position, a velocity, an acceleration or a control is not finite or too large. The engine has put the robot back
  /// to where it started.
  CM_UNSTABLE = 1,
  /// The engine gave up; the message says why. The mjData must not be used again.
  CM_FAILED = 2,
} cm_outcome;

/// What is computed after the last physics step, in this order.
enum {
  /// Everything that depends on position and velocity, which otherwise is that of the start of the last step.
  CM_FORWARD = 1,
  /// Contact forces on bodies.
  CM_CONTACT_FORCES = 2,
  /// Velocities of the centres of mass of subtrees.
  CM_SUBTREE_VELOCITIES = 4,
};

/// A model from its text, or null and a message of at most `size` bytes.
mjModel *cm_model(const char *xml, char *message, int size);
/// The number of the release of the library that runs: 222 for 2.2.2, 337 for 3.3.7, 3005000 for 3.5.0.
int cm_version(void);
/// The number of the release whose header `calls.c` was compiled with.
int cm_header_version(void);
/// Room for a simulation, or null and a message.
mjData *cm_data(const mjModel *model, char *message, int size);
/// A fresh start from positions and velocities.
cm_outcome cm_start(const mjModel *model, mjData *data, const double *positions, const double *velocities, int after,
                    char *message, int size);
/// So many physics steps under the controls of `data`; ends early if the simulation becomes unstable.
cm_outcome cm_step(const mjModel *model, mjData *data, int steps, int after, char *message, int size);

#endif
