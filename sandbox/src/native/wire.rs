//! A [`Plan`] as bytes, on its way from the supervisor to a fork server.
//!
//! Little-endian numbers, and lengths before everything that has one. The reader believes nothing:
//! whatever it is given, it returns a plan or nothing. Roots and programs to execute stay out,
//! because a child of a fork server needs neither.
//!
//! This file is compiled twice: into the supervisor and into the fork server's library.

use std::ffi::CString;

use super::landlock::Grant;
use super::plan::{Filter, Identity, Landlock, Plan};

/// Write `plan` out.
pub(crate) fn encode(plan: &Plan) -> Vec<u8> {
    let mut out = Writer(Vec::with_capacity(8 << 10));
    match plan.identity {
        Identity::Nobody { id } => out.numbers(&[1, id]),
        _ => out.numbers(&[0, 0]),
    }
    out.numbers(&[u32::from(plan.scratch_options.is_some())]);
    out.bytes(plan.scratch_options.as_deref().unwrap_or(c"").to_bytes());
    out.bytes(plan.scratch.to_bytes());
    out.list(&plan.rlimits, |out, (resource, most)| {
        out.numbers(&[*resource, *most as u32, (most >> 32) as u32]);
    });
    let (abi, rules) = plan.landlock.as_ref().map_or((0, &[][..]), |it| (it.abi, &it.rules[..]));
    out.numbers(&[abi]);
    out.list(rules, |out, (path, grant)| {
        out.numbers(&[*grant as u32]);
        out.bytes(path.to_bytes());
    });
    let (code, own_pid) =
        plan.filter.as_ref().map_or((&[][..], &[][..]), |it| (&it.code, &it.own_pid));
    out.list(code, |out, step| {
        let jumps = u32::from(step.code) | u32::from(step.jt) << 16 | u32::from(step.jf) << 24;
        out.numbers(&[jumps, step.k]);
    });
    out.list(own_pid, |out, index| out.numbers(&[*index]));
    out.list(&plan.files, |out, (name, content)| {
        out.bytes(name.to_bytes());
        out.bytes(content);
    });
    out.0
}

/// Read a plan that [`encode`] wrote; `None` where `bytes` are anything else.
pub(crate) fn decode(bytes: &[u8]) -> Option<Plan> {
    let mut from = Reader(bytes);
    let identity = match (from.number()?, from.number()?) {
        (1, id) => Identity::Nobody { id },
        _ => Identity::Ourselves,
    };
    let mounts_scratch = from.number()? == 1;
    let scratch_options = from.text()?;
    let scratch = from.text()?;
    let rlimits = from.list(|from| {
        let (resource, low, high) = (from.number()?, from.number()?, from.number()?);
        Some((resource, u64::from(low) | u64::from(high) << 32))
    })?;
    let abi = from.number()?;
    let rules = from.list(|from| {
        let grant = grant(from.number()?)?;
        Some((from.text()?, grant))
    })?;
    let code = from.list(|from| {
        let (jumps, k) = (from.number()?, from.number()?);
        let (code, jt, jf) = (jumps as u16, (jumps >> 16) as u8, (jumps >> 24) as u8);
        Some(libc::sock_filter { code, jt, jf, k })
    })?;
    let own_pid = from.list(Reader::number)?;
    if own_pid.iter().any(|&index| index as usize >= code.len()) {
        return None;
    }
    let files = from.list(|from| Some((from.text()?, from.bytes()?.into())))?;
    from.0.is_empty().then_some(Plan {
        identity,
        root: None,
        scratch_options: mounts_scratch.then_some(scratch_options),
        scratch,
        files,
        rlimits,
        landlock: (abi > 0).then_some(Landlock { abi, rules }),
        filter: (!code.is_empty()).then_some(Filter { code, own_pid }),
        descriptors: Vec::new(),
        exec: None,
        failure: None,
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

    fn list<T>(&mut self, mut read: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.number()? as usize;
        // Every item takes at least one number, so a count beyond that is a lie.
        if count > self.0.len() / 4 {
            return None;
        }
        (0..count).map(|_| read(self)).collect()
    }
}

/// The reply to a request: the pid of the child, or how making it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The child's pid, as the supervisor sees it; 0 where there is none.
    pub(crate) pid: i32,
    /// Why there is none.
    pub(crate) errno: i32,
}

impl Reply {
    /// The reply as bytes.
    pub(crate) fn encode(self) -> [u8; 8] {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&self.pid.to_le_bytes());
        bytes[4..].copy_from_slice(&self.errno.to_le_bytes());
        bytes
    }

    /// The reply that these bytes are.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (pid, errno) = bytes.split_first_chunk::<4>()?;
        let errno: [u8; 4] = errno.try_into().ok()?;
        Some(Self { pid: i32::from_le_bytes(*pid), errno: i32::from_le_bytes(errno) })
    }
}

/// What a child writes to its last descriptor when a step failed: the errno, then the step.
pub(crate) fn encode_failure(step: &str, errno: i32) -> Vec<u8> {
    [&errno.to_le_bytes(), step.as_bytes()].concat()
}

/// The step and errno that [`encode_failure`] wrote.
pub(crate) fn decode_failure(bytes: &[u8]) -> Option<(&str, i32)> {
    let (errno, step) = bytes.split_first_chunk::<4>()?;
    Some((std::str::from_utf8(step).ok()?, i32::from_le_bytes(*errno)))
}

/// What a server says when it has imported everything.
pub(crate) const READY: &[u8] = b"ready";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plan() -> Plan {
        Plan {
            identity: Identity::Nobody { id: 61_200 },
            root: None,
            scratch_options: Some(c"size=1m".into()),
            scratch: c"/box".into(),
            files: vec![(c"main.py".into(), (*b"print(1)").into())],
            rlimits: vec![(libc::RLIMIT_AS, u64::MAX - 1)],
            landlock: Some(Landlock { abi: 6, rules: vec![(c"/usr".into(), Grant::Execute)] }),
            filter: Some(Filter {
                code: vec![libc::sock_filter { code: 6, jt: 1, jf: 2, k: 3 }],
                own_pid: vec![0],
            }),
            descriptors: Vec::new(),
            exec: None,
            failure: None,
        }
    }

    #[test]
    fn a_plan_arrives_as_it_was_sent() {
        let sent = plan();
        let received = decode(&encode(&sent)).unwrap();
        assert_eq!(format!("{received:?}"), format!("{sent:?}"));
    }

    #[test]
    fn every_shortened_plan_is_refused() {
        let bytes = encode(&plan());
        assert!((0..bytes.len()).all(|length| decode(&bytes[..length]).is_none()));
    }

    #[test]
    fn a_filter_that_would_be_patched_outside_itself_is_refused() {
        let mut sent = plan();
        sent.filter.as_mut().unwrap().own_pid = vec![1];
        assert!(decode(&encode(&sent)).is_none());
    }

    #[test]
    fn a_failed_step_arrives_with_its_errno() {
        let words = encode_failure("applying landlock", libc::EPERM);
        assert_eq!(decode_failure(&words), Some(("applying landlock", libc::EPERM)));
        assert_eq!(decode_failure(b""), None);
    }

    proptest! {
        #[test]
        fn rubbish_is_refused_or_read_but_never_fatal(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            at in any::<prop::sample::Index>(),
        ) {
            drop(decode(&bytes));
            let mut damaged = encode(&plan());
            let place = at.index(damaged.len());
            damaged[place] ^= 0xff;
            drop(decode(&damaged));
        }

        #[test]
        fn replies_arrive_as_they_were_sent(pid in any::<i32>(), errno in any::<i32>()) {
            let reply = Reply { pid, errno };
            prop_assert_eq!(Reply::decode(&reply.encode()), Some(reply));
        }
    }
}
