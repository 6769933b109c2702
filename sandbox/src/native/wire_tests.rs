//! What is sent arrives, and what nobody sent is refused.
//!
//! Apart from [`super::wire`], which the fork server's library compiles too, without what these need.

use std::time::Duration;

use proptest::prelude::*;

use super::landlock::Grant;
use super::plan::{Filter, Identity, Landlock, Place, Task};
use super::wire::{Beginning, Birth, Word, decode_place, decode_task, encode_place, encode_task};

fn place() -> Place {
    Place {
        identity: Identity::Nobody { id: 61_200 },
        scratch_options: Some(c"size=1m".into()),
        scratch: c"/box".into(),
        landlock: Some(Landlock { abi: 6, rules: vec![(c"/usr".into(), Grant::Execute)] }),
        filter: Some(filter()),
        is_hurried: true,
    }
}

fn filter() -> Filter {
    Filter { code: vec![libc::sock_filter { code: 6, jt: 1, jf: 2, k: 3 }], own_pid: vec![0] }
}

fn task() -> Task {
    Task {
        files: vec![(c"main.py".into(), (*b"print(1)").into())],
        script: 3,
        rlimits: vec![(libc::RLIMIT_AS, u64::MAX - 1)],
        descriptors: Vec::new(),
        kept: None,
    }
}

#[test]
fn both_halves_of_a_plan_arrive_as_they_were_sent() {
    let (namespaces, received) = decode_place(&encode_place(-7, &place())).unwrap();
    assert_eq!(namespaces, -7);
    assert_eq!(format!("{received:?}"), format!("{:?}", place()));
    let received = decode_task(&encode_task(&task())).unwrap();
    assert_eq!(format!("{received:?}"), format!("{:?}", task()));
}

#[test]
fn every_shortened_half_is_refused() {
    let (place, task) = (encode_place(0, &place()), encode_task(&task()));
    assert!((0..place.len()).all(|length| decode_place(&place[..length]).is_none()));
    assert!((0..task.len()).all(|length| decode_task(&task[..length]).is_none()));
}

#[test]
fn a_filter_that_would_be_patched_outside_itself_is_refused() {
    let mut sent = place();
    sent.filter.as_mut().unwrap().own_pid = vec![1];
    assert!(decode_place(&encode_place(0, &sent)).is_none());
}

#[test]
fn a_word_arrives_as_it_was_said() {
    let failed = Word::Failed { step: "applying landlock".into(), errno: libc::EPERM };
    let started = |has_joined| {
        Word::Started(Beginning { spent: Duration::from_micros(1_234_567), has_joined })
    };
    for word in [failed, started(false), started(true)] {
        assert_eq!(Word::decode(&word.encode()), Some(word.clone()));
    }
    assert_eq!(Word::decode(b""), None);
}

proptest! {
    #[test]
    fn rubbish_is_refused_or_read_but_never_fatal(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        at in any::<prop::sample::Index>(),
    ) {
        drop((decode_place(&bytes), decode_task(&bytes), Word::decode(&bytes)));
        let mut damaged = encode_task(&task());
        let place = at.index(damaged.len());
        damaged[place] ^= 0xff;
        drop((decode_task(&damaged), decode_place(&damaged)));
    }

    #[test]
    fn news_arrive_as_they_were_sent(pid in any::<i32>(), errno in any::<i32>()) {
        let birth = Birth { pid, errno };
        prop_assert_eq!(Birth::decode(&birth.encode()), Some(birth));
    }
}
