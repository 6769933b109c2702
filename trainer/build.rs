//! Tells the linker, and crates that use this one, where libtorch lies.
//!
//! A program then finds its libtorch with nothing set in the environment. The path is written as it
//! was given and not resolved: `.libtorch/torch` may later be a link to another copy of the same
//! version. It goes into RUNPATH, which the loader consults after LD_LIBRARY_PATH: that is how a
//! program carried to another machine is shown the libtorch there.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    let folder = std::env::var("DEP_TCH_LIBTORCH_LIB")
        .expect("the build script of torch-sys names the folder of the libraries");
    println!("cargo::rustc-link-arg=-Wl,--enable-new-dtags,-rpath,{folder}");
    // What a build script adds to the linker's line holds for its own crate only.
    println!("cargo::metadata=libtorch_lib={folder}");
}
