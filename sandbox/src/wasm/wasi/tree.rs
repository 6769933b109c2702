//! The files that a guest sees: a tree in memory, which begins and ends with the run.
//!
//! It holds the guest's own folder and the interpreter's library, nothing of the machine. There is
//! no path that could lead out of it, because there is nowhere else to lead to. Everything in it is
//! bounded: bytes by the job's limit, entries by [`MOST_NODES`].
//!
//! A node lives as long as a name or a descriptor refers to it, as on any Unix. Nodes refer to each
//! other by number, so that a tree of any depth is dropped without recursion.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::errno::Errno;
use super::library::Library;

/// The number of a node, which is also its inode number.
pub(super) type NodeId = usize;

/// The root, which every path begins at.
pub(super) const ROOT: NodeId = 0;

/// The most files, folders and links at a time. An ordinary program has a handful; this many take
/// some 20 MiB.
const MOST_NODES: usize = 1 << 16;

/// The longest name, as on Linux.
const LONGEST_NAME: usize = 255;

/// The longest path, as on Linux.
const LONGEST_PATH: usize = 4096;

/// The most symbolic links that one path may lead through, as on Linux.
const MOST_LINKS: u32 = 40;

/// Files, folders and links.
#[derive(Debug)]
pub(super) struct Tree {
    nodes: Vec<Option<Node>>,
    free: Vec<NodeId>,
    used: u64,
    most: u64,
    largest_file: u64,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// How many names it has.
    pub(super) names: u64,
    /// How many descriptors are open on it.
    open: u64,
    /// Whether it is the interpreter's and may not be changed.
    fixed: bool,
    /// When it was last written, in nanoseconds.
    pub(super) modified: u64,
    /// When it was last read, as far as the guest says so.
    pub(super) accessed: u64,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Kind {
    /// A folder: its entries, and the folder that it is in.
    Folder { entries: BTreeMap<Vec<u8>, NodeId>, parent: NodeId },
    /// A file of the guest's.
    File(Vec<u8>),
    /// The interpreter's library.
    Library(Arc<Library>),
    /// A symbolic link.
    Link(Vec<u8>),
}

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The folder that the last component is in.
    pub(super) folder: NodeId,
    /// The last component; empty for the root and for paths that end in `.` or `..`.
    pub(super) name: Vec<u8>,
    /// What is there.
    pub(super) node: Option<NodeId>,
    /// Whether the path says that it means a folder, by a slash at its end.
    pub(super) wants_folder: bool,
}

impl Tree {
    /// An empty tree for at most `most` bytes, in files of at most `largest_file`.
    pub(super) fn new(most: u64, largest_file: u64) -> Self {
        let mut tree = Self { nodes: Vec::new(), free: Vec::new(), used: 0, most, largest_file };
        let root = Kind::Folder { entries: BTreeMap::new(), parent: ROOT };
        tree.make(root, 0).expect("an empty tree has room for its root");
        tree.node_mut(ROOT).names = 1;
        tree
    }

    pub(super) fn node(&self, id: NodeId) -> &Node {
        self.nodes[id].as_ref().expect("a node lives as long as something refers to it")
    }

    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        self.nodes[id].as_mut().expect("a node lives as long as something refers to it")
    }

    fn entries(&self, folder: NodeId) -> Result<&BTreeMap<Vec<u8>, NodeId>, Errno> {
        match &self.node(folder).kind {
            Kind::Folder { entries, .. } => Ok(entries),
            _ => Err(Errno::NotFolder),
        }
    }

    fn entries_mut(&mut self, folder: NodeId) -> Result<&mut BTreeMap<Vec<u8>, NodeId>, Errno> {
        let node = self.node_mut(folder);
        match &mut node.kind {
            Kind::Folder { .. } if node.fixed => Err(Errno::Access),
            Kind::Folder { entries, .. } => Ok(entries),
            _ => Err(Errno::NotFolder),
        }
    }

    /// Put the folder at this absolute path, which the guest cannot change, and return it.
    pub(super) fn fixed_folder(&mut self, path: &str) -> NodeId {
        let mut at = ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            at = match self.entries(at).expect("only folders are on the way").get(name.as_bytes()) {
                Some(&next) => next,
                None => {
                    self.node_mut(at).fixed = false;
                    self.make_folder(at, name.as_bytes(), 0).expect("there is room at the start")
                }
            };
        }
        let mut up = at;
        while up != ROOT {
            self.node_mut(up).fixed = true;
            up = self.parent(up);
        }
        self.node_mut(ROOT).fixed = true;
        at
    }

    /// Let the guest change what is in `folder`.
    pub(super) fn release(&mut self, folder: NodeId) {
        self.node_mut(folder).fixed = false;
    }

    /// Put the interpreter's library into `folder`.
    pub(super) fn place_library(&mut self, folder: NodeId, name: &str, library: Arc<Library>) {
        self.release(folder);
        let id = self
            .make_named(folder, name.as_bytes(), Kind::Library(library), 0)
            .expect("there is room at the start");
        self.node_mut(id).fixed = true;
        self.node_mut(folder).fixed = true;
    }

    fn parent(&self, folder: NodeId) -> NodeId {
        match self.node(folder).kind {
            Kind::Folder { parent, .. } => parent,
            _ => ROOT,
        }
    }

    /// Follow `path` from `start`. The last component need not exist; if it is a symbolic link, it
    /// is followed where `follow` says so.
    pub(super) fn resolve(&self, start: NodeId, path: &[u8], follow: bool) -> Result<Place, Errno> {
        if path.is_empty() {
            return Err(Errno::NoEntry);
        }
        if path.len() >= LONGEST_PATH || path.contains(&0) {
            return Err(Errno::NameTooLong);
        }
        let mut links = MOST_LINKS;
        // Components still to follow, the next one last.
        let mut ahead = components(path);
        let mut wants_folder = path.ends_with(b"/");
        let mut at = if path.starts_with(b"/") { ROOT } else { start };
        loop {
            let Some(name) = ahead.pop() else {
                let folder = self.parent(at);
                return Ok(Place { folder, name: Vec::new(), node: Some(at), wants_folder });
            };
            let entries = self.entries(at)?;
            if name == b"." {
                continue;
            }
            if name == b".." {
                at = self.parent(at);
                continue;
            }
            if name.len() > LONGEST_NAME {
                return Err(Errno::NameTooLong);
            }
            let found = entries.get(&name).copied();
            let last = ahead.is_empty();
            if let Some(id) = found
                && let Kind::Link(target) = &self.node(id).kind
                && (!last || follow || wants_folder)
            {
                links = links.checked_sub(1).ok_or(Errno::Loop)?;
                wants_folder |= last && target.ends_with(b"/");
                ahead.extend(components(target));
                if target.starts_with(b"/") {
                    at = ROOT;
                }
                continue;
            }
            if last {
                return Ok(Place { folder: at, name, node: found, wants_folder });
            }
            at = found.ok_or(Errno::NoEntry)?;
        }
    }

    /// What `path` leads to.
    pub(super) fn find(&self, start: NodeId, path: &[u8], follow: bool) -> Result<NodeId, Errno> {
        let place = self.resolve(start, path, follow)?;
        let node = place.node.ok_or(Errno::NoEntry)?;
        if place.wants_folder && !self.is_folder(node) {
            return Err(Errno::NotFolder);
        }
        Ok(node)
    }

    pub(super) fn is_folder(&self, id: NodeId) -> bool {
        matches!(self.node(id).kind, Kind::Folder { .. })
    }

    fn make(&mut self, kind: Kind, now: u64) -> Result<NodeId, Errno> {
        let node = Node { kind, names: 0, open: 0, fixed: false, modified: now, accessed: now };
        if let Some(id) = self.free.pop() {
            self.nodes[id] = Some(node);
            return Ok(id);
        }
        if self.nodes.len() >= MOST_NODES {
            return Err(Errno::NoSpace);
        }
        self.nodes.push(Some(node));
        Ok(self.nodes.len() - 1)
    }

    fn make_named(
        &mut self,
        folder: NodeId,
        name: &[u8],
        kind: Kind,
        now: u64,
    ) -> Result<NodeId, Errno> {
        if self.entries_mut(folder)?.contains_key(name) || name.is_empty() {
            return Err(Errno::Exists);
        }
        let id = self.make(kind, now)?;
        self.node_mut(id).names = 1;
        self.node_mut(folder).modified = now;
        self.entries_mut(folder)?.insert(name.to_vec(), id);
        Ok(id)
    }

    pub(super) fn make_folder(
        &mut self,
        parent: NodeId,
        name: &[u8],
        now: u64,
    ) -> Result<NodeId, Errno> {
        let kind = Kind::Folder { entries: BTreeMap::new(), parent };
        self.make_named(parent, name, kind, now)
    }

    pub(super) fn make_file(
        &mut self,
        folder: NodeId,
        name: &[u8],
        now: u64,
    ) -> Result<NodeId, Errno> {
        self.make_named(folder, name, Kind::File(Vec::new()), now)
    }

    /// Make a file with this content, and room for it.
    pub(super) fn give_file(
        &mut self,
        folder: NodeId,
        name: &[u8],
        content: &[u8],
        now: u64,
    ) -> Result<(), Errno> {
        self.make_named(folder, name, Kind::File(content.to_vec()), now)?;
        self.used += content.len() as u64;
        self.most = self.most.saturating_add(content.len() as u64);
        Ok(())
    }

    pub(super) fn make_link(
        &mut self,
        folder: NodeId,
        name: &[u8],
        target: Vec<u8>,
        now: u64,
    ) -> Result<NodeId, Errno> {
        self.make_named(folder, name, Kind::Link(target), now)
    }

    /// Give `node` another name.
    pub(super) fn link(&mut self, node: NodeId, to: &Place, now: u64) -> Result<(), Errno> {
        if self.is_folder(node) || self.node(node).fixed {
            return Err(Errno::NotPermitted);
        }
        if to.node.is_some() || to.name.is_empty() {
            return Err(Errno::Exists);
        }
        self.entries_mut(to.folder)?.insert(to.name.clone(), node);
        self.node_mut(node).names += 1;
        self.node_mut(to.folder).modified = now;
        Ok(())
    }

    /// Take away the name of a file or link.
    pub(super) fn unlink(&mut self, place: &Place, now: u64) -> Result<(), Errno> {
        let id = place.node.ok_or(Errno::NoEntry)?;
        if self.is_folder(id) {
            return Err(Errno::IsFolder);
        }
        if place.wants_folder {
            return Err(Errno::NotFolder);
        }
        self.forget(place, id, now)
    }

    /// Remove an empty folder.
    pub(super) fn remove_folder(&mut self, place: &Place, now: u64) -> Result<(), Errno> {
        let id = place.node.ok_or(Errno::NoEntry)?;
        if !self.entries(id)?.is_empty() {
            return Err(Errno::NotEmpty);
        }
        if place.name.is_empty() {
            return Err(Errno::Invalid);
        }
        self.forget(place, id, now)
    }

    fn forget(&mut self, place: &Place, id: NodeId, now: u64) -> Result<(), Errno> {
        self.entries_mut(place.folder)?.remove(&place.name);
        self.node_mut(place.folder).modified = now;
        self.node_mut(id).names -= 1;
        self.drop_if_unreachable(id);
        Ok(())
    }

    /// Move what is at `from` to `to`, in place of what may be there.
    pub(super) fn rename(&mut self, from: &Place, to: &Place, now: u64) -> Result<(), Errno> {
        let id = from.node.ok_or(Errno::NoEntry)?;
        if from.name.is_empty() || to.name.is_empty() {
            return Err(Errno::Invalid);
        }
        if to.node == Some(id) {
            return Ok(());
        }
        // Both must be changeable before anything changes.
        self.entries_mut(from.folder)?;
        self.entries_mut(to.folder)?;
        if self.is_folder(id) && self.is_inside(to.folder, id) {
            return Err(Errno::Invalid);
        }
        if !self.is_folder(id) && to.wants_folder {
            return Err(Errno::NotFolder);
        }
        match to.node.map(|there| (self.is_folder(id), self.is_folder(there))) {
            Some((true, true)) => self.remove_folder(to, now)?,
            Some((true, false)) => return Err(Errno::NotFolder),
            Some((false, true)) => return Err(Errno::IsFolder),
            Some((false, false)) => self.unlink(to, now)?,
            None => {}
        }
        self.entries_mut(from.folder)?.remove(&from.name);
        self.entries_mut(to.folder)?.insert(to.name.clone(), id);
        if let Kind::Folder { parent, .. } = &mut self.node_mut(id).kind {
            *parent = to.folder;
        }
        for folder in [from.folder, to.folder] {
            self.node_mut(folder).modified = now;
        }
        Ok(())
    }

    fn is_inside(&self, mut folder: NodeId, of: NodeId) -> bool {
        while folder != of && folder != ROOT {
            folder = self.parent(folder);
        }
        folder == of
    }

    /// Note a descriptor on `id`.
    pub(super) fn open(&mut self, id: NodeId) {
        self.node_mut(id).open += 1;
    }

    /// Note that a descriptor on `id` is gone.
    pub(super) fn close(&mut self, id: NodeId) {
        self.node_mut(id).open -= 1;
        self.drop_if_unreachable(id);
    }

    fn drop_if_unreachable(&mut self, id: NodeId) {
        let node = self.node(id);
        if node.names > 0 || node.open > 0 {
            return;
        }
        if let Kind::File(content) = &node.kind {
            self.used -= content.len() as u64;
        }
        self.nodes[id] = None;
        self.free.push(id);
    }

    /// The size of what is at `id`.
    pub(super) fn size(&self, id: NodeId) -> u64 {
        match &self.node(id).kind {
            Kind::Folder { .. } => 0,
            Kind::File(content) => content.len() as u64,
            Kind::Library(library) => library.size(),
            Kind::Link(target) => target.len() as u64,
        }
    }

    /// Read from a file into `into`, and return how much there was.
    pub(super) fn read(&self, id: NodeId, offset: u64, into: &mut [u8]) -> Result<usize, Errno> {
        match &self.node(id).kind {
            Kind::File(content) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(content.len());
                let count = into.len().min(content.len() - start);
                into[..count].copy_from_slice(&content[start..start + count]);
                Ok(count)
            }
            Kind::Library(library) => library.read(offset, into).map_err(|_| Errno::Io),
            Kind::Folder { .. } => Err(Errno::IsFolder),
            Kind::Link(_) => Err(Errno::Loop),
        }
    }

    /// Write to a file, which grows as far as the limits allow, and return how much was written.
    pub(super) fn write(
        &mut self,
        id: NodeId,
        offset: u64,
        bytes: &[u8],
        now: u64,
    ) -> Result<usize, Errno> {
        if bytes.is_empty() {
            return Ok(0);
        }
        let room = self.largest_file.checked_sub(offset).filter(|room| *room > 0);
        let room = room.ok_or(Errno::FileTooBig)?;
        let count = usize::try_from(room).unwrap_or(usize::MAX).min(bytes.len());
        let end = offset + count as u64;
        if end > self.size(id) {
            self.set_size(id, end, now)?;
        }
        let content = self.content_mut(id, now)?;
        let start = usize::try_from(offset).expect("it is below the file's size");
        content[start..start + count].copy_from_slice(&bytes[..count]);
        Ok(count)
    }

    /// Make a file this long, with zeros where it was shorter.
    pub(super) fn set_size(&mut self, id: NodeId, size: u64, now: u64) -> Result<(), Errno> {
        let before = self.content_mut(id, now)?.len() as u64;
        if size > self.largest_file {
            return Err(Errno::FileTooBig);
        }
        let used = self.used - before;
        if size > self.most - used.min(self.most) && size > before {
            return Err(Errno::NoSpace);
        }
        let length = usize::try_from(size).map_err(|_| Errno::FileTooBig)?;
        let content = self.content_mut(id, now)?;
        content.resize(length, 0);
        if length < content.capacity() / 4 {
            content.shrink_to_fit();
        }
        self.used = used + size;
        Ok(())
    }

    fn content_mut(&mut self, id: NodeId, now: u64) -> Result<&mut Vec<u8>, Errno> {
        let node = self.node_mut(id);
        match &mut node.kind {
            Kind::File(content) => {
                node.modified = now;
                Ok(content)
            }
            Kind::Library(_) => Err(Errno::Access),
            Kind::Folder { .. } => Err(Errno::IsFolder),
            Kind::Link(_) => Err(Errno::Loop),
        }
    }

    /// Whether the guest may write to `id`.
    pub(super) fn is_writable(&self, id: NodeId) -> bool {
        !self.node(id).fixed
    }

    /// The entries of `folder` after the first `skip`, with the two that every folder has.
    pub(super) fn list(
        &self,
        folder: NodeId,
        skip: u64,
    ) -> Result<impl Iterator<Item = (&[u8], NodeId)>, Errno> {
        let own: [(&[u8], NodeId); 2] = [(b".", folder), (b"..", self.parent(folder))];
        let entries = self.entries(folder)?.iter().map(|(name, id)| (name.as_slice(), *id));
        Ok(own.into_iter().chain(entries).skip(usize::try_from(skip).unwrap_or(usize::MAX)))
    }
}

/// The components of `path`, the first one last.
fn components(path: &[u8]) -> Vec<Vec<u8>> {
    path.split(|&byte| byte == b'/')
        .rev()
        .filter(|name| !name.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree with `/box`, in which the guest may do as it likes.
    fn tree() -> (Tree, NodeId) {
        let mut tree = Tree::new(100, 60);
        let own = tree.fixed_folder("/box");
        tree.release(own);
        (tree, own)
    }

    fn file(tree: &mut Tree, path: &str) -> NodeId {
        let place = tree.resolve(ROOT, path.as_bytes(), true).unwrap();
        tree.make_file(place.folder, &place.name, 1).unwrap()
    }

    fn place(tree: &Tree, path: &str) -> Place {
        tree.resolve(ROOT, path.as_bytes(), false).unwrap()
    }

    #[test]
    fn no_path_leads_out() {
        let (mut tree, own) = tree();
        let id = file(&mut tree, "/box/a");
        for path in ["a", "./a", "../box/a", "../../../box/a", "//box/./a", "/../box/../box/a"] {
            assert_eq!(tree.find(own, path.as_bytes(), true), Ok(id), "{path}");
        }
        for path in ["../a", "/a", "a/", "b/a", "a/.."] {
            assert!(tree.find(own, path.as_bytes(), true).is_err(), "{path}");
        }
    }

    #[test]
    fn links_are_followed_and_loops_end() {
        let (mut tree, own) = tree();
        let id = file(&mut tree, "/box/a");
        tree.make_link(own, b"absolute", b"/box/a".to_vec(), 0).unwrap();
        tree.make_link(own, b"relative", b"../box/./a".to_vec(), 0).unwrap();
        tree.make_link(own, b"folder", b".".to_vec(), 0).unwrap();
        tree.make_link(own, b"loop", b"loop".to_vec(), 0).unwrap();
        for path in ["absolute", "relative", "folder/folder/a"] {
            assert_eq!(tree.find(own, path.as_bytes(), true), Ok(id), "{path}");
        }
        assert_eq!(tree.find(own, b"loop", true), Err(Errno::Loop));
        assert_ne!(tree.find(own, b"absolute", false), Ok(id));
    }

    #[test]
    fn what_is_the_interpreters_stays() {
        let (mut tree, own) = tree();
        let usr = tree.fixed_folder("/usr/lib");
        assert_eq!(tree.make_file(usr, b"x", 0), Err(Errno::Access));
        assert_eq!(tree.make_folder(ROOT, b"x", 0), Err(Errno::Access));
        let from = place(&tree, "/usr/lib");
        assert_eq!(tree.remove_folder(&from, 0), Err(Errno::Access));
        assert_eq!(tree.rename(&from, &place(&tree, "/box/x"), 0), Err(Errno::Access));
        assert_eq!(tree.remove_folder(&place(&tree, "/box"), 0), Err(Errno::Access));
        assert!(tree.is_folder(own));
    }

    #[test]
    fn files_grow_up_to_their_limits() {
        let (mut tree, _) = tree();
        let (a, b) = (file(&mut tree, "/box/a"), file(&mut tree, "/box/b"));
        assert_eq!(tree.write(a, 50, &[1; 20], 1), Ok(10), "only what fits into a file");
        assert_eq!(tree.write(a, 60, &[1], 1), Err(Errno::FileTooBig));
        assert_eq!(tree.set_size(a, u64::MAX, 1), Err(Errno::FileTooBig));
        assert_eq!(tree.write(b, 0, &[1; 41], 1), Err(Errno::NoSpace));
        assert_eq!(tree.write(b, 0, &[1; 40], 1), Ok(40));
        tree.set_size(a, 0, 1).unwrap();
        assert_eq!(tree.write(b, 40, &[1; 20], 1), Ok(20), "room given back is there again");
    }

    #[test]
    fn a_file_without_names_lives_until_it_is_closed() {
        let (mut tree, own) = tree();
        let id = file(&mut tree, "/box/a");
        tree.write(id, 0, b"text", 1).unwrap();
        tree.open(id);
        tree.unlink(&place(&tree, "/box/a"), 2).unwrap();
        let mut bytes = [0; 9];
        assert_eq!(tree.read(id, 1, &mut bytes), Ok(3));
        assert_eq!(tree.used, 4);
        tree.close(id);
        assert_eq!(tree.used, 0);
        assert_eq!(tree.find(own, b"a", true), Err(Errno::NoEntry));
    }

    #[test]
    fn a_folder_cannot_move_into_itself() {
        let (mut tree, own) = tree();
        let a = tree.make_folder(own, b"a", 0).unwrap();
        tree.make_folder(a, b"b", 0).unwrap();
        let (from, to) = (place(&tree, "/box/a"), place(&tree, "/box/a/b/c"));
        assert_eq!(tree.rename(&from, &to, 0), Err(Errno::Invalid));
        assert_eq!(tree.remove_folder(&from, 0), Err(Errno::NotEmpty));
        let to = place(&tree, "/box/z");
        tree.rename(&from, &to, 0).unwrap();
        assert!(tree.find(own, b"z/b/../../z/b", true).is_ok());
    }

    #[test]
    fn there_is_an_end_to_the_number_of_files() {
        let (mut tree, own) = tree();
        let made = (0..2 * MOST_NODES)
            .take_while(|n| tree.make_file(own, n.to_string().as_bytes(), 0).is_ok());
        assert!(made.count() < MOST_NODES);
    }

    #[test]
    fn a_deep_tree_is_dropped_without_recursion() {
        let (mut tree, mut at) = tree();
        while let Ok(next) = tree.make_folder(at, b"d", 0) {
            at = next;
        }
    }
}
