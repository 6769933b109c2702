//! `wasi_snapshot_preview1`, in memory: the whole of what a guest can reach.
//!
//! The published host for this interface gives guests real files, clocks and streams, guarded. A
//! candidate needs none of them, so this one has nothing to guard: files are a [`tree`] in memory,
//! streams are buffers, time is what the guest has used ([`clock`]). The calls are in [`files`],
//! [`paths`] and [`others`]; each is a method of [`guest::Guest`] under the standard's name.
//!
//! It never waits, and every call ends in time proportional to what the guest hands over or has
//! made before.
//!
//! What it leaves out: sockets, and renumbering of descriptors, which the interpreter does not ask
//! for. Waiting on descriptors reports each as ready.

pub(super) mod clock;
mod descriptors;
mod errno;
mod files;
mod guest;
pub(super) mod library;
mod linker;
mod others;
mod paths;
mod streams;
mod tree;

use std::sync::Arc;

use crate::{Ending, Limits};

use clock::Clock;
use descriptors::Descriptors;
use library::Library;
pub(super) use linker::{Host, link, link_nobody};
use others::Chance;
pub(super) use streams::Streams;
use tree::Tree;

/// The guest's working folder, as in the native backend.
pub(super) const BOX: &str = "/box";

/// Where the interpreter looks for its library, and under which name.
const LIBRARY: (&str, &str) = ("/usr/local/lib", "python315.zip");

/// What this host keeps for one guest.
#[derive(Debug)]
pub(super) struct Wasi {
    tree: Tree,
    descriptors: Descriptors,
    pub(super) streams: Streams,
    pub(super) clock: Clock,
    chance: Chance,
    pub(super) limits: Limits,
    arguments: Vec<&'static str>,
    environment: Vec<&'static str>,
    /// Why the guest is not to go on.
    pub(super) ended: Option<Ending>,
}

impl Wasi {
    /// The world of a guest: its streams, its library, and an empty folder of its own.
    pub(super) fn new(
        limits: Limits,
        streams: Streams,
        report: bool,
        clock: Clock,
        library: Arc<Library>,
    ) -> Self {
        let mut tree = Tree::new(limits.scratch, limits.file_size);
        let lib = tree.fixed_folder(LIBRARY.0);
        tree.place_library(lib, LIBRARY.1, library);
        let own = tree.fixed_folder(BOX);
        tree.release(own);
        Self {
            tree,
            descriptors: Descriptors::new(report, limits.open_files),
            streams,
            clock,
            chance: Chance(0),
            limits,
            arguments: vec!["main.py"],
            // Read once, when the interpreter starts; a program's environment is made in Python.
            environment: vec!["PYTHONHASHSEED=0", "PYTHONUTF8=1", "TZ=UTC"],
            ended: None,
        }
    }

    /// Put a file of the job's into the guest's folder, besides what the guest itself may write.
    /// `false` where there are more files than there can be.
    #[must_use]
    pub(super) fn put_file(&mut self, name: &str, content: &[u8]) -> bool {
        let now = self.clock.calendar();
        let own = self.tree.find(tree::ROOT, BOX.as_bytes(), true);
        own.and_then(|own| self.tree.give_file(own, name.as_bytes(), content, now)).is_ok()
    }
}
