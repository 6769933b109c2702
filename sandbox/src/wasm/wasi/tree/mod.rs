//! The files that a guest sees: a tree in memory, which begins and ends with the run.
//!
//! It holds the guest's own folder and the interpreter's library, nothing of the machine. There is
//! no path that could lead out of it, because there is nowhere else to lead to. Everything in it is
//! bounded: bytes by the job's limit, entries by [`MOST_NODES`].
//!
//! A node lives as long as a name or a descriptor refers to it, as on any Unix. Nodes refer to each
//! other by number, so that a tree of any depth is dropped without recursion.

mod content;
mod names;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::errno::Errno;
use super::library::Library;
pub(super) use names::Place;

/// The number of a node, which is also its inode number.
pub(super) type NodeId = usize;

/// The root, which every path begins at.
pub(super) const ROOT: NodeId = 0;

/// The most files, folders and links at a time. An ordinary program has a handful; this many take
/// some 20 MiB.
const MOST_NODES: usize = 1 << 16;

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
}
