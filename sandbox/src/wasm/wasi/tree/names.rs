//! Names: where a path leads, and how what is there gets another or loses it.

use super::super::errno::Errno;
use super::{Kind, NodeId, ROOT, Tree};

/// The longest name, as on Linux.
const LONGEST_NAME: usize = 255;

/// The longest path, as on Linux.
const LONGEST_PATH: usize = 4096;

/// The most symbolic links that one path may lead through, as on Linux.
const MOST_LINKS: u32 = 40;

/// Where a path leads.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Place {
    /// The folder that the last component is in.
    pub(in super::super) folder: NodeId,
    /// The last component; empty for the root and for paths that end in `.` or `..`.
    pub(in super::super) name: Vec<u8>,
    /// What is there.
    pub(in super::super) node: Option<NodeId>,
    /// Whether the path says that it means a folder, by a slash at its end.
    pub(in super::super) wants_folder: bool,
}

impl Tree {
    /// Follow `path` from `start`. The last component need not exist; if it is a symbolic link, it
    /// is followed where `follow` says so.
    pub(in super::super) fn resolve(
        &self,
        start: NodeId,
        path: &[u8],
        follow: bool,
    ) -> Result<Place, Errno> {
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
    pub(in super::super) fn find(
        &self,
        start: NodeId,
        path: &[u8],
        follow: bool,
    ) -> Result<NodeId, Errno> {
        let place = self.resolve(start, path, follow)?;
        let node = place.node.ok_or(Errno::NoEntry)?;
        if place.wants_folder && !self.is_folder(node) {
            return Err(Errno::NotFolder);
        }
        Ok(node)
    }

    /// Give `node` another name.
    pub(in super::super) fn link(
        &mut self,
        node: NodeId,
        to: &Place,
        now: u64,
    ) -> Result<(), Errno> {
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
    pub(in super::super) fn unlink(&mut self, place: &Place, now: u64) -> Result<(), Errno> {
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
    pub(in super::super) fn remove_folder(&mut self, place: &Place, now: u64) -> Result<(), Errno> {
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
    pub(in super::super) fn rename(
        &mut self,
        from: &Place,
        to: &Place,
        now: u64,
    ) -> Result<(), Errno> {
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

    /// The entries of `folder` after the first `skip`, with the two that every folder has.
    pub(in super::super) fn list(
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
