import Foundation
import PackagePlugin

/// Writes down, when a target is built, which commit its package has checked out and whether the sources differ from it.
///
/// It is done anew whenever a source or what git has checked out changes, and the file stays as it is if the answer does.
/// The target gets a constant `builtFrom`; it has to depend on Zoo.
@main struct RecordCommit: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let root = context.package.directoryURL
    let output = context.pluginWorkDirectoryURL.appending(path: "BuildRecord.swift")
    let (repository, common) = Self.gitDirectories(of: root) ?? (nil, nil)
    let inputs = Self.sources(in: root) + Self.states(of: repository, common)
    return [
      .buildCommand(
        displayName: "Recording the commit", executable: URL(filePath: "/bin/sh"),
        arguments: [
          "-c", Self.script, "sh", root.path, repository?.path ?? "", common?.path ?? "", output.path,
          target.name == "BuildRecord" ? "" : "import Zoo",
        ],
        inputFiles: inputs, outputFiles: [output])
    ]
  }

  /// Where git keeps what it knows of a package that is a working tree, or lies in one: of this tree, and of all trees of
  /// the repository.
  private static func gitDirectories(of root: URL) -> (URL, URL)? {
    var place = root
    while !FileManager.default.fileExists(atPath: place.appending(path: ".git").path) {
      let above = place.deletingLastPathComponent()
      guard above.path.count < place.path.count else { return nil }
      place = above
    }
    var directory = place.appending(path: ".git")
    if let pointer = firstLine(of: directory), pointer.hasPrefix("gitdir: ") {
      directory = URL(filePath: String(pointer.dropFirst(8)), relativeTo: place.appending(path: "/")).absoluteURL
    }
    let shared = firstLine(of: directory.appending(path: "commondir"))
    let common = shared.map { URL(filePath: $0, relativeTo: directory.appending(path: "/")).absoluteURL }
    return (directory, common ?? directory)
  }

  private static func firstLine(of file: URL) -> String? {
    (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n").first.map(String.init)
  }

  /// The files that say what is checked out; the log of HEAD grows whenever that changes.
  private static func states(of repository: URL?, _ common: URL?) -> [URL] {
    guard let repository, let common else { return [] }
    let head = firstLine(of: repository.appending(path: "HEAD")) ?? ""
    let branch = head.hasPrefix("ref: ") ? [common.appending(path: String(head.dropFirst(5)))] : []
    let files =
      ["HEAD", "logs/HEAD"].map { repository.appending(path: $0) } + branch + [
        common.appending(path: "packed-refs")
      ]
    return files.filter { FileManager.default.fileExists(atPath: $0.path) }
  }

  private static func sources(in root: URL) -> [URL] {
    let files = FileManager.default.enumerator(at: root.appending(path: "Sources"), includingPropertiesForKeys: nil)
    let all = (files?.compactMap { $0 as? URL } ?? []).filter { !$0.hasDirectoryPath }
    return [root.appending(path: "Package.swift")] + all.sorted { $0.path < $1.path }
  }

  /// Asks git, if it is there, and otherwise reads the commit from git's files; whether there are changes is then not known.
  private static let script = #"""
    root=$1 repository=$2 common=$3 output=$4 import=$5
    # As set in a hook, they would name another repository.
    unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_COMMON_DIR
    export GIT_OPTIONAL_LOCKS=0
    commit= changes=unknown
    if [ -n "$repository" ]; then
      if commit=$(git -C "$root" rev-parse --verify --quiet HEAD 2>/dev/null); then
        # A package may lie in a repository that does not have it.
        git -C "$root" ls-files --error-unmatch Package.swift >/dev/null 2>&1 || commit=
        if [ -n "$commit" ] && found=$(git -C "$root" status --porcelain --untracked-files=normal -- Package.swift Sources Plugins 2>/dev/null); then
          if [ -n "$found" ]; then changes=true; else changes=false; fi
        fi
      elif [ -e "$root/.git" ] && IFS= read -r head <"$repository/HEAD"; then
        case $head in
          "ref: "*)
            reference=${head#ref: }
            if [ -f "$common/$reference" ]; then
              IFS= read -r commit <"$common/$reference"
            elif [ -f "$common/packed-refs" ]; then
              while read -r value name; do
                if [ "$name" = "$reference" ]; then commit=$value; fi
              done <"$common/packed-refs"
            fi ;;
          *) commit=$head ;;
        esac
      fi
    fi
    case $commit in *[!0-9a-f]*) commit= changes=unknown ;; esac
    case ${#commit} in 40 | 64) ;; *) commit= changes=unknown ;; esac
    [ -n "$commit" ] && text="\"$commit\"" || text=nil
    case $changes in unknown) value=nil ;; *) value=$changes ;; esac
    record="$import
    /// The commit that this package had checked out when it was built, and whether the sources differed from it.
    let builtFrom = SourceRecord(commit: $text, hasChanges: $value)"
    # A file that is not written anew gives no reason to compile.
    if [ -f "$output" ] && [ "$(cat "$output")" = "$record" ]; then exit 0; fi
    printf '%s\n' "$record" >"$output"
    """#
}
