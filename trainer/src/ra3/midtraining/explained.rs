//! The file of a round's explained programs, a line each.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::order::Order;
use crate::ra3::Ra3Error;
use crate::ra3::actions::Program;
use crate::ra3::trajectory::Trajectory;

/// The programs of a round, as they are learnt.
pub(super) struct Source<'a> {
    pub(super) programs: &'a [Program],
    pub(super) order: Order,
    /// The place of the round's first program.
    pub(super) first: u64,
    /// A line for each program, where there are thoughts.
    pub(super) explained: Option<Vec<Vec<u8>>>,
    pub(super) path: PathBuf,
}

impl Source<'_> {
    /// The program that is learnt after `place` others.
    pub(super) fn trajectory(&mut self, place: u64) -> Result<Trajectory, Ra3Error> {
        let Some(explained) = &self.explained else {
            let program = &self.programs[self.order.prompt(place)];
            return Ok(Trajectory::plain(place as u32, program));
        };
        let at = |source| Ra3Error::Explained { path: self.path.clone(), source };
        let line = explained
            .get((place - self.first) as usize)
            .ok_or_else(|| at(io::ErrorKind::UnexpectedEof.into()))?;
        serde_json::from_slice(line).map_err(|error| at(error.into()))
    }
}

/// The whole lines of a file; none if it is not there.
pub(super) fn lines(path: &Path) -> Result<Vec<Vec<u8>>, Ra3Error> {
    let text = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        read => read.map_err(|source| Ra3Error::Explained { path: path.to_owned(), source })?,
    };
    let lines = text.split_inclusive(|&byte| byte == b'\n');
    Ok(lines.filter(|line| line.ends_with(b"\n")).map(<[u8]>::to_vec).collect())
}

/// A file to add lines to, which has these already.
pub(super) fn open(path: &Path, lines: &[Vec<u8>]) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new().append(true).create(true).open(path)?;
    file.set_len(lines.iter().map(|line| line.len() as u64).sum())?;
    Ok(file)
}
