//! Where control groups can be made: what is mounted, and which group this process is in.
//!
//! Both are read from `/proc`, so nothing depends on where a distribution mounts what. Only what is
//! mounted already is used, below the group that this process is in, so that whoever limits us limits
//! our programs as well.

use std::fs;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

use super::files;

/// The kernel's two interfaces to control groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::native) enum Version {
    /// A hierarchy for each controller, or for a few together.
    One,
    /// One hierarchy for all.
    Two,
}

/// A folder for each controller that is used. In the second version they are one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::native) struct Folders {
    pub(super) memory: PathBuf,
    pub(super) pids: PathBuf,
    /// Who counts processor time, where that is anybody.
    pub(super) cpu: Option<PathBuf>,
}

impl Folders {
    /// Every folder once.
    pub(super) fn distinct(&self) -> Vec<&Path> {
        let mut distinct: Vec<&Path> = Vec::new();
        for folder in
            [Some(&self.memory), self.cpu.as_ref(), Some(&self.pids)].into_iter().flatten()
        {
            distinct.retain(|known| known != folder);
            distinct.push(folder);
        }
        distinct
    }

    /// The folders that `change` makes of these.
    pub(super) fn map(&self, change: impl Fn(&Path) -> PathBuf) -> Self {
        let (memory, pids) = (change(&self.memory), change(&self.pids));
        Self { memory, pids, cpu: self.cpu.as_deref().map(change) }
    }
}

/// Where groups may be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) version: Version,
    pub(super) folders: Folders,
}

impl Place {
    /// The place of this process, or why it has none.
    pub(super) fn of_this_process() -> Result<Self, String> {
        let read = |path| fs::read_to_string(path).map_err(|error| format!("`{path}`: {error}"));
        Self::read(&read("/proc/self/mountinfo")?, &read("/proc/self/cgroup")?)
    }

    /// The place that these two files tell of.
    fn read(mounts: &str, memberships: &str) -> Result<Self, String> {
        let hierarchies: Vec<Hierarchy> =
            mounts.lines().filter_map(|mount| Hierarchy::read(mount, memberships)).collect();
        let of = |controller| {
            let mut of_version_one = hierarchies.iter().filter(|it| it.version == Version::One);
            of_version_one.find(|it| it.controllers.iter().any(|name| name == controller))
        };
        if let (Some(memory), Some(pids)) = (of("memory"), of("pids")) {
            let (memory, pids) = (memory.usable()?, pids.usable()?);
            let cpu = of("cpuacct").and_then(|it| it.usable().ok());
            let folders = Folders { memory, pids, cpu };
            return Ok(Self { version: Version::One, folders });
        }
        let Some(unified) = hierarchies.iter().find(|it| it.version == Version::Two) else {
            return Err("no control groups are mounted that have memory and pids".into());
        };
        let folder = parent_in(&unified.mounted, &unified.usable()?)?;
        let folders = Folders { memory: folder.clone(), pids: folder.clone(), cpu: Some(folder) };
        Ok(Self { version: Version::Two, folders })
    }
}

/// A mounted hierarchy, and the folder of the group that this process is in.
#[derive(Debug)]
struct Hierarchy {
    version: Version,
    controllers: Vec<String>,
    mounted: PathBuf,
    read_only: bool,
    own: PathBuf,
}

impl Hierarchy {
    /// What a line of `/proc/self/mountinfo` (see proc_pid_mountinfo(5)) says together with
    /// `/proc/self/cgroup`; `None` where it is about something else, or shows nothing of our group.
    fn read(mount: &str, memberships: &str) -> Option<Self> {
        // 35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory
        let (place, kind) = mount.split_once(" - ")?;
        let mut place = place.split(' ').skip(3);
        let (root, mounted) = (unescaped(place.next()?), PathBuf::from(unescaped(place.next()?)));
        let read_only = place.next()?.split(',').any(|option| option == "ro");
        let mut kind = kind.split(' ');
        let version = match kind.next()? {
            "cgroup" => Version::One,
            "cgroup2" => Version::Two,
            _ => return None,
        };
        let options = kind.nth(1)?.split(',').map(str::to_owned);
        let controllers: Vec<String> = match version {
            Version::One => options.collect(),
            Version::Two => Vec::new(),
        };
        // 4:memory:/a/b, and 0::/a/b for the second version.
        let own = memberships.lines().find_map(|line| {
            let (_, rest) = line.split_once(':')?;
            let (theirs, path) = rest.split_once(':')?;
            let is_it = match version {
                Version::One => {
                    theirs.split(',').any(|name| controllers.iter().any(|it| it == name))
                }
                Version::Two => theirs.is_empty(),
            };
            is_it.then_some(path)
        })?;
        // A mount may show a part of the hierarchy only.
        let below = Path::new(own).strip_prefix(&root).ok()?;
        if below.components().any(|part| part.as_os_str() == "..") {
            return None;
        }
        let own = if below.as_os_str().is_empty() { mounted.clone() } else { mounted.join(below) };
        Some(Self { version, controllers, own, mounted, read_only })
    }

    /// The folder of our own group, if groups can be made in it.
    fn usable(&self) -> Result<PathBuf, String> {
        let refused = |reason: &str| Err(format!("`{}` {reason}", self.own.display()));
        if self.read_only {
            return refused("is mounted read-only");
        }
        if self.version == Version::One && !is_ours(&self.own) {
            return refused("may not be written to");
        }
        Ok(self.own.clone())
    }
}

/// The characters that the kernel writes as octal numbers: space, tab, line feed and backslash.
fn unescaped(text: &str) -> String {
    let escapes = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")];
    escapes.iter().fold(text.to_owned(), |text, (octal, letter)| text.replace(octal, letter))
}

/// The group of a unified hierarchy, mounted at `mounted`, in which groups beside ours can be made;
/// `own` is the one that we are in.
///
/// A group that hands controllers on may have no process of its own, unless it is the root. So it is
/// ours if it hands them on already; or the one above, where ours sets no limits that our programs would slip out
/// of; or ours after we have moved into a new group in it, where nobody else is in it.
fn parent_in(mounted: &Path, own: &Path) -> Result<PathBuf, String> {
    if hands_on(own) && is_ours(own) {
        return Ok(own.to_owned());
    }
    let above = own.parent().filter(|_| own != mounted);
    if let Some(above) = above.filter(|above| hands_on(above) && is_ours(above) && !limits(own)) {
        return Ok(above.to_owned());
    }
    let refused = |reason: &str| Err(format!("`{}` {reason}", own.display()));
    if !names_both(&own.join("cgroup.controllers")) {
        return refused("lacks the controllers memory and pids");
    }
    if !is_ours(own) {
        return refused("may not be written to");
    }
    if !we_are_alone_in(own) {
        return refused("has other processes, so it cannot hand its controllers on");
    }
    let inner = own.join(format!("{}supervisor-{}", super::home::PREFIX, std::process::id()));
    let moved = fs::create_dir(&inner)
        .and_then(|()| files::write(&inner.join("cgroup.procs"), "0"))
        .and_then(|()| files::hand_on(own));
    match moved {
        Ok(()) => Ok(own.to_owned()),
        Err(error) => refused(&format!("does not hand its controllers on: {error}")),
    }
}

/// Whether groups in `folder` get memory and pids.
fn hands_on(folder: &Path) -> bool {
    names_both(&folder.join("cgroup.subtree_control"))
}

fn names_both(file: &Path) -> bool {
    let text = fs::read_to_string(file).unwrap_or_default();
    ["memory", "pids"].iter().all(|wanted| text.split_whitespace().any(|name| name == *wanted))
}

/// Whether `folder` has a limit of its own.
fn limits(folder: &Path) -> bool {
    let limit = |name| fs::read_to_string(folder.join(name));
    ["memory.max", "pids.max"]
        .into_iter()
        .filter_map(|name| limit(name).ok())
        .any(|most| most.trim() != "max")
}

/// Whether we may make groups in `folder` and move processes between them.
fn is_ours(folder: &Path) -> bool {
    let writable = |path: &Path| access(path, AccessFlags::W_OK).is_ok();
    writable(folder) && writable(&folder.join("cgroup.procs"))
}

fn we_are_alone_in(folder: &Path) -> bool {
    let members = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    members.trim() == std::process::id().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hierarchy of files, mounted in a folder for the test.
    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let tree = tempfile::tempdir().unwrap();
        for (path, content) in files {
            let path = tree.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        tree
    }

    fn mounts(tree: &Path, lines: &[&str]) -> String {
        lines.iter().map(|line| line.replace("TREE", &tree.display().to_string()) + "\n").collect()
    }

    #[test]
    fn controllers_that_are_mounted_singly_are_found_where_we_are_in_each() {
        let tree = tree(&[
            ("memory/mine/cgroup.procs", ""),
            ("pids/cgroup.procs", ""),
            ("cpu,cpuacct/else/where/cgroup.procs", ""),
        ]);
        let mounts = mounts(
            tree.path(),
            &[
                "22 27 0:21 / /proc rw,relatime - proc proc rw",
                "32 31 0:32 / TREE/memory rw,relatime shared:9 - cgroup cgroup rw,memory",
                "33 31 0:33 / TREE/pids rw,relatime - cgroup cgroup rw,pids",
                "34 31 0:34 /box TREE/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct",
                "35 31 0:35 / TREE/unified rw,relatime - cgroup2 cgroup2 rw",
            ],
        );
        let memberships = "4:memory:/mine\n8:pids:/\n2:cpu,cpuacct:/box/else/where\n0::/\n";
        let place = Place::read(&mounts, memberships).unwrap();
        assert_eq!(place.version, Version::One);
        assert_eq!(place.folders.memory, tree.path().join("memory/mine"));
        assert_eq!(place.folders.pids, tree.path().join("pids"));
        assert_eq!(place.folders.cpu, Some(tree.path().join("cpu,cpuacct/else/where")));
        assert_eq!(place.folders.distinct().len(), 3);
    }

    #[test]
    fn what_is_missing_or_read_only_is_said() {
        let tree = tree(&[("memory/cgroup.procs", ""), ("pids/cgroup.procs", "")]);
        let read = |lines: &[&str]| {
            Place::read(&mounts(tree.path(), lines), "4:memory:/\n8:pids:/\n").unwrap_err()
        };
        let memory = "32 31 0:32 / TREE/memory ro,relatime - cgroup cgroup rw,memory";
        let pids = "33 31 0:33 / TREE/pids rw,relatime - cgroup cgroup rw,pids";
        assert!(read(&[pids]).contains("no control groups are mounted"));
        assert!(read(&[memory, pids]).contains("mounted read-only"));
    }

    #[test]
    fn a_mount_that_does_not_show_our_group_is_of_no_use() {
        let mount = "35 31 0:35 /other /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
        assert!(Hierarchy::read(mount, "0::/mine\n").is_none());
        let mount = "35 31 0:35 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw";
        assert!(Hierarchy::read(mount, "0::/../outside\n").is_none());
        let spaced = "35 31 0:35 / /my\\040groups rw - cgroup2 cgroup2 rw";
        let found = Hierarchy::read(spaced, "0::/mine\n").unwrap();
        assert_eq!(found.own, Path::new("/my groups/mine"));
    }

    const UNIFIED: &str = "35 31 0:35 / TREE rw,relatime - cgroup2 cgroup2 rw";

    fn place_in(tree: &tempfile::TempDir, own: &str) -> Result<PathBuf, String> {
        let place = Place::read(&mounts(tree.path(), &[UNIFIED]), &format!("0::{own}\n"));
        place.map(|place| place.folders.memory)
    }

    #[test]
    fn in_the_unified_hierarchy_groups_are_made_where_controllers_are_handed_on() {
        let tree = tree(&[
            ("cgroup.procs", ""),
            ("cgroup.subtree_control", "cpu memory pids\n"),
            ("mine/cgroup.procs", "1\n2\n"),
            ("mine/cgroup.controllers", "cpu memory pids\n"),
            ("mine/cgroup.subtree_control", "\n"),
            ("mine/memory.max", "max\n"),
            ("mine/pids.max", "max\n"),
        ]);
        assert_eq!(place_in(&tree, "/").unwrap(), tree.path());
        assert_eq!(place_in(&tree, "/mine").unwrap(), tree.path(), "beside ours");
        fs::write(tree.path().join("mine/memory.max"), "1048576\n").unwrap();
        let refused = place_in(&tree, "/mine").unwrap_err();
        assert!(refused.contains("other processes"), "its limit is kept: {refused}");
    }

    #[test]
    fn a_group_that_is_all_ours_is_made_to_hand_its_controllers_on() {
        let ourselves = std::process::id().to_string();
        let tree = tree(&[
            ("mine/cgroup.procs", &ourselves),
            ("mine/cgroup.controllers", "memory pids\n"),
            ("mine/cgroup.subtree_control", "\n"),
        ]);
        // The kernel would make this file; here nobody does, so the move fails and is told.
        let refused = place_in(&tree, "/mine").unwrap_err();
        assert!(refused.contains("does not hand its controllers on"), "{refused}");
        let bare = tree.path().join("mine/cgroup.controllers");
        fs::write(bare, "cpu\n").unwrap();
        assert!(place_in(&tree, "/mine").unwrap_err().contains("lacks the controllers"));
    }
}
