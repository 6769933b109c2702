//! The two halves of a plan as bytes, on their way from the supervisor to a fork server and its child.
//!
//! Little-endian numbers, and lengths before everything that has one. The reader believes nothing:
//! whatever it is given, it returns half a plan or nothing. Roots and programs to execute stay out,
//! because a child of a fork server needs neither.
//!
//! This file is compiled twice: into the supervisor and into the fork server's library.

use std::ffi::CString;
use std::time::Duration;

use super::landlock::Grant;
use super::plan::{Filter, Identity, Landlock, Place, Task};

/// Write `place` out, for a child in these new namespaces.
pub(crate) fn encode_place(namespaces: i32, place: &Place) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(1 << 10));
    out.numbers(&[namespaces.cast_unsigned()]);
    match place.identity {
        Identity::Nobody { id } => out.numbers(&[1, id]),
        _ => out.numbers(&[0, 0]),
    }
    out.numbers(&[u32::from(place.scratch_options.is_some())]);
    out.bytes(place.scratch_options.as_deref().unwrap_or(c"").to_bytes());
    out.bytes(place.scratch.to_bytes());
    let (abi, rules) = place.landlock.as_ref().map_or((0, &[][..]), |it| (it.abi, &it.rules[..]));
    out.numbers(&[abi, u32::from(place.is_hurried)]);
    out.list(rules, |out, (path, grant)| {
        out.numbers(&[*grant as u32]);
        out.bytes(path.to_bytes());
    });
    out.filter(place.filter.as_ref());
    out.0
}

/// Read what [`encode_place`] wrote; `None` where `bytes` are anything else.
pub(crate) fn decode_place(bytes: &[u8]) -> Option<(i32, Place)> {
    let mut from = Reader(bytes);
    let namespaces = from.number()?.cast_signed();
    let identity = match (from.number()?, from.number()?) {
        (1, id) => Identity::Nobody { id },
        _ => Identity::Ourselves,
    };
    let mounts_scratch = from.number()? == 1;
    let scratch_options = from.text()?;
    let scratch = from.text()?;
    let (abi, is_hurried) = (from.number()?, from.number()? == 1);
    let rules = from.list(|from| {
        let grant = grant(from.number()?)?;
        Some((from.text()?, grant))
    })?;
    let filter = from.filter()?;
    let place = Place {
        identity,
        scratch_options: mounts_scratch.then_some(scratch_options),
        scratch,
        landlock: (abi > 0).then_some(Landlock { abi, rules }),
        filter,
        is_hurried,
    };
    from.0.is_empty().then_some((namespaces, place))
}

/// Write `task` out, without its descriptors.
pub(crate) fn encode_task(task: &Task) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(8 << 10));
    out.list(&task.rlimits, |out, (resource, most)| {
        out.numbers(&[*resource, *most as u32, (most >> 32) as u32]);
    });
    out.numbers(&[task.script]);
    out.list(&task.files, |out, (name, content)| {
        out.bytes(name.to_bytes());
        out.bytes(content);
    });
    out.0
}

/// Read what [`encode_task`] wrote; `None` where `bytes` are anything else.
pub(crate) fn decode_task(bytes: &[u8]) -> Option<Task> {
    let mut from = Reader(bytes);
    let rlimits = from.list(|from| {
        let (resource, low, high) = (from.number()?, from.number()?, from.number()?);
        Some((resource, u64::from(low) | u64::from(high) << 32))
    })?;
    let script = from.number()?;
    let files = from.list(|from| Some((from.text()?, from.bytes()?.into())))?;
    from.0.is_empty().then_some(Task {
        files,
        script,
        rlimits,
        descriptors: Vec::new(),
        kept: None,
    })
}

/// The grant that was written as this number.
fn grant(number: u32) -> Option<Grant> {
    [Grant::Execute, Grant::Device, Grant::Scratch].into_iter().find(|it| *it as u32 == number)
}

struct Writer(Vec<u8>);

impl Writer {
    fn numbers(&mut self, numbers: &[u32]) {
        numbers.iter().for_each(|number| self.0.extend_from_slice(&number.to_le_bytes()));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.numbers(&[bytes.len() as u32]);
        self.0.extend_from_slice(bytes);
    }

    fn filter(&mut self, filter: Option<&Filter>) {
        let (code, own_pid) = filter.map_or((&[][..], &[][..]), |it| (&it.code, &it.own_pid));
        self.list(code, |out, step| {
            let jumps = u32::from(step.code) | u32::from(step.jt) << 16 | u32::from(step.jf) << 24;
            out.numbers(&[jumps, step.k]);
        });
        self.list(own_pid, |out, index| out.numbers(&[*index]));
    }

    fn list<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.numbers(&[items.len() as u32]);
        items.iter().for_each(|item| write(self, item));
    }
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn number(&mut self) -> Option<u32> {
        let (number, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*number))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()? as usize;
        let (bytes, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(bytes)
    }

    fn text(&mut self) -> Option<CString> {
        CString::new(self.bytes()?).ok()
    }

    /// A filter that patches only itself, or none.
    fn filter(&mut self) -> Option<Option<Filter>> {
        let code = self.list(|from| {
            let (jumps, k) = (from.number()?, from.number()?);
            let (code, jt, jf) = (jumps as u16, (jumps >> 16) as u8, (jumps >> 24) as u8);
            Some(libc::sock_filter { code, jt, jf, k })
        })?;
        let own_pid = self.list(Reader::number)?;
        if own_pid.iter().any(|&index| index as usize >= code.len()) {
            return None;
        }
        Some((!code.is_empty()).then_some(Filter { code, own_pid }))
    }

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()? as usize;
        // Every item takes at least one number, so a count beyond that is a lie.
        if count > self.0.len() / 4 {
            return None;
        }
        (0..count).map(|_| read(self)).collect()
    }
}

/// What a server says of a child: its pid, or how making it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Birth {
    /// The child's pid, as the supervisor sees it; 0 where there is none.
    pub(crate) pid: i32,
    /// Why there is none.
    pub(crate) errno: i32,
}

impl Birth {
    /// The news as bytes.
    pub(crate) fn encode(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.pid.to_le_bytes());
        bytes[4..].copy_from_slice(&self.errno.to_le_bytes());
        bytes
    }

    /// The news that these bytes are.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (pid, errno) = bytes.split_first_chunk::<4>()?;
        let errno: [u8; 4] = errno.try_into().ok()?;
        Some(Self { pid: i32::from_le_bytes(*pid), errno: i32::from_le_bytes(errno) })
    }
}

/// What a child has done when its program starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// Processor time that it has spent.
    pub(crate) spent: Duration,
    /// Whether it has joined its control groups, where it was to.
    pub(crate) has_joined: bool,
}

/// What a child says of itself, once, before its program starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// The program starts.
    Started(Beginning),
    /// This step of the set-up failed.
    Failed {
        /// The step.
        step: String,
        /// What it failed with.
        errno: i32,
    },
}

impl Word {
    /// The most bytes of a word.
    pub(crate) const LONGEST: usize = 256;

    /// The word as bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Started(Beginning { spent, has_joined }) => {
                [&[1, u8::from(*has_joined)], &spent.as_nanos().to_le_bytes()[..8]].concat()
            }
            Self::Failed { step, errno } => {
                [&[2], &errno.to_le_bytes()[..], step.as_bytes()].concat()
            }
        }
    }

    /// The word that these bytes are.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (1, beginning) => {
                let (has_joined, spent) = beginning.split_first()?;
                let spent = Duration::from_nanos(u64::from_le_bytes(spent.try_into().ok()?));
                let has_joined = match has_joined {
                    0 => false,
                    1 => true,
                    _ => return None,
                };
                Some(Self::Started(Beginning { spent, has_joined }))
            }
            (2, failure) => {
                let (errno, step) = failure.split_first_chunk::<4>()?;
                let step = std::str::from_utf8(step).ok()?.to_owned();
                Some(Self::Failed { step, errno: i32::from_le_bytes(*errno) })
            }
            _ => None,
        }
    }
}

/// What a server says when it has imported everything.
pub(crate) const READY: &[u8] = b"ready";
