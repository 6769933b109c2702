//! What of the machine's files a program sees: what it may read code from, and the root made of that.

use std::ffi::CString;
use std::path::{Path, PathBuf};

use super::super::landlock::Grant;
use super::super::plan::{Bind, BindKind, Root};
use super::{c_path, c_string};
use crate::Job;

/// The working folder inside a private root.
pub(in super::super) const BOX: &str = "/box";

/// Folders of the system that programs read code from, where they exist.
const SYSTEM: [&str; 5] = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"];
/// Devices that programs may expect. Not `/dev/zero`, a mapping of which is memory that no measure
/// of the process finds.
const DEVICES: [&str; 2] = ["/dev/null", "/dev/urandom"];

/// The paths that the program of `job` may read code from: the system's, its own and its interpreter's.
pub(super) fn visible_to(job: &Job) -> Vec<PathBuf> {
    visible(job.python.iter().flat_map(|python| &python.folders).chain(&job.folders))
}

/// The paths that every program may read code from, and `more`.
pub(in super::super) fn visible<'a>(more: impl IntoIterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        SYSTEM.iter().map(PathBuf::from).filter(|path| path.exists()).collect();
    for folder in more {
        if folder.exists() && !paths.iter().any(|path| folder.starts_with(path)) {
            paths.push(folder.clone());
        }
    }
    paths
}

/// The rules of every program, but for its working folder.
pub(super) fn rules(visible: &[PathBuf]) -> Vec<(CString, Grant)> {
    // What lies in another one of them, by a link or not, needs no rule of its own.
    let covered = |path: &PathBuf| {
        let real = path.canonicalize().unwrap_or_default();
        visible.iter().any(|other| other != path && real.starts_with(other))
    };
    let code =
        visible.iter().filter(|path| !covered(path)).map(|path| (c_path(path), Grant::Execute));
    let devices = DEVICES.iter().map(|path| (c_string(path), Grant::Device));
    code.chain(devices).collect()
}

/// The root of a program that may read these paths.
pub(super) fn root(visible: &[PathBuf]) -> Root {
    let mut root = Root {
        base: c_string(base(visible)),
        folders: Vec::new(),
        links: tmp_link(visible),
        binds: Vec::new(),
    };
    let mut folders = vec![BOX[1..].to_owned(), "dev".to_owned()];
    for path in visible {
        let target = path.strip_prefix("/").unwrap_or(path);
        // The system's own links stay links; a link to an interpreter may lead anywhere.
        if let Ok(link) = path.read_link()
            && is_of_the_system(path)
        {
            root.links.push((c_path(&link), c_path(target)));
            continue;
        }
        let kind = if path.is_dir() { BindKind::Folder } else { BindKind::File };
        let deepest = if kind == BindKind::Folder { Some(target) } else { target.parent() };
        folders.extend(way_to(deepest.unwrap_or(target)));
        root.binds.push(Bind { source: c_path(path), target: c_path(target), kind });
    }
    for device in DEVICES {
        root.binds.push(Bind {
            source: c_string(device),
            target: c_string(&device[1..]),
            kind: BindKind::Device,
        });
    }
    folders.sort();
    folders.dedup();
    root.folders = folders.iter().map(|folder| c_string(folder)).collect();
    root
}

fn is_of_the_system(path: &Path) -> bool {
    SYSTEM.iter().any(|system| path == Path::new(system))
}

/// `/tmp` leads to the working folder, unless something that is bound lives there.
fn tmp_link(visible: &[PathBuf]) -> Vec<(CString, CString)> {
    let taken = visible.iter().any(|path| path.starts_with("/tmp"));
    if taken { Vec::new() } else { vec![(c_string("box"), c_string("tmp"))] }
}

/// Every folder from the root to `path`, outermost first.
fn way_to(path: &Path) -> Vec<String> {
    let mut way: Vec<String> = path
        .ancestors()
        .filter(|folder| !folder.as_os_str().is_empty())
        .map(|folder| folder.display().to_string())
        .collect();
    way.reverse();
    way
}

/// A folder to mount the new root over. Any will do that holds none of the bound paths.
fn base(visible: &[PathBuf]) -> &'static str {
    ["/mnt", "/media", "/srv", "/opt", "/tmp"]
        .into_iter()
        .find(|base| Path::new(base).is_dir() && !visible.iter().any(|path| path.starts_with(base)))
        .unwrap_or("/proc")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_below_tmp_has_a_folder_there_and_not_a_link() {
        let usual = root(&[PathBuf::from("/usr")]);
        assert_eq!(usual.links, [(c_string("box"), c_string("tmp"))]);
        let below_tmp = root(&[PathBuf::from("/tmp/project/.venv")]);
        assert!(below_tmp.links.is_empty());
        assert!(below_tmp.folders.contains(&c_string("tmp")));
    }
}
