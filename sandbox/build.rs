//! Builds the fork server's library and hands it to `include_bytes!`.
//!
//! The library is a small crate of its own, because cargo cannot embed a shared library that the
//! same package builds. It shares this crate's source files for what a child does.

use std::env;
use std::path::PathBuf;
use std::process::Command;

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let target = out.join("forkserver");
    println!("cargo:rerun-if-changed=forkserver");
    println!("cargo:rerun-if-changed=src/native");
    let mut cargo = Command::new(env::var_os("CARGO").expect("cargo sets CARGO"));
    cargo.args(["build", "--release", "--locked", "--manifest-path", "forkserver/Cargo.toml"]);
    cargo.arg("--target-dir").arg(&target);
    // The flags and wrappers of the outer build are not meant for this one.
    for name in
        ["RUSTC_WORKSPACE_WRAPPER", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "CARGO_TARGET_DIR"]
    {
        cargo.env_remove(name);
    }
    let status = cargo.status().expect("cargo can be started");
    assert!(status.success(), "the fork server's library did not build");
    let library = target.join("release/libforkserver.so");
    println!("cargo:rustc-env=FORKSERVER_LIBRARY={}", library.display());
}
