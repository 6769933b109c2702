//! Who may use whom, asked of cargo itself.
//!
//! The crates are rooms of one house (see CONTRIBUTING.md): the trainer sees numbers and no
//! verdicts, the judge sees no tensors, and the leaves know nobody. Heavy dependencies live with one
//! owner, so that the others build without them. Only what a crate needs to be used counts; tests
//! may borrow.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Every crate and the crates of ours that it may use.
const ROOMS: [(&str, &[&str]); 5] = [
    ("datasets", &[]),
    ("sandbox", &[]),
    ("benchmarks", &["datasets", "sandbox"]),
    ("trainer", &["datasets"]),
    ("harness", &["benchmarks", "datasets", "sandbox", "trainer"]),
];

/// Dependencies that only these crates may have: one, but for the network, where data sets and models are.
const OWNERS: [(&[&str], &[&str]); 5] = [
    (&["datasets"], &["parquet", "flate2", "zstd"]),
    (&["datasets", "harness"], &["reqwest"]),
    (&["sandbox"], &["nix", "libc", "wasmtime", "seccompiler", "landlock"]),
    (&["trainer"], &["tch", "torch-sys", "tokenizers", "safetensors"]),
    (&["harness"], &["clap", "anyhow", "indicatif", "axum", "async-nats"]),
];

/// The normal dependencies of every crate of ours.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let metadata: Metadata =
        MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let packages = metadata.packages.into_iter().map(|package| {
        let normal =
            package.dependencies.into_iter().filter(|it| it.kind == DependencyKind::Normal);
        (package.name.to_string(), normal.map(|dependency| dependency.name).collect())
    });
    packages.collect()
}

#[test]
fn every_crate_is_a_room_of_the_house() {
    let crates: BTreeSet<String> = dependencies().into_keys().collect();
    assert_eq!(crates, ROOMS.map(|(room, _)| room.to_owned()).into());
}

#[test]
fn a_room_uses_only_those_it_may() {
    let dependencies = dependencies();
    for (room, may_use) in ROOMS {
        let ours = |name: &&String| ROOMS.iter().any(|(room, _)| room == name);
        let uses: Vec<&String> = dependencies[room].iter().filter(ours).collect();
        let strangers: Vec<_> =
            uses.iter().filter(|name| !may_use.contains(&name.as_str())).collect();
        assert!(strangers.is_empty(), "{room} may not use {strangers:?}");
    }
}

#[test]
fn a_heavy_dependency_lives_with_its_owner() {
    for (room, dependencies) in dependencies() {
        for (owners, heavy) in OWNERS.iter().filter(|(owners, _)| !owners.contains(&room.as_str()))
        {
            let strays: Vec<_> =
                heavy.iter().filter(|name| dependencies.contains(**name)).collect();
            assert!(strays.is_empty(), "{room} has {strays:?}, which belong to {owners:?}");
        }
    }
}

#[test]
fn only_the_program_for_models_is_linked_with_libtorch() {
    let judge = std::fs::read(env!("CARGO_BIN_EXE_ra3")).unwrap();
    let name = b"libtorch_cpu.so";
    assert!(!judge.windows(name.len()).any(|window| window == name));
}
