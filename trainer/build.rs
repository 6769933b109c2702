//! Tells the linker, and crates that use this one, where libtorch lies; and compiles `c10d/` and
//! `onednn/`, by which parts of it are called that `tch` knows nothing of.
//!
//! A program then finds its libtorch with nothing set in the environment. The path is written as it
//! was given and not resolved: `.libtorch/torch` may later be a link to another copy of the same
//! version. It goes into RUNPATH, which the loader consults after LD_LIBRARY_PATH: that is how a
//! program carried to another machine is shown the libtorch there.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=c10d");
    println!("cargo::rerun-if-changed=onednn");
    println!("cargo::rerun-if-env-changed=LIBTORCH");
    let folder = std::env::var("DEP_TCH_LIBTORCH_LIB")
        .expect("the build script of torch-sys names the folder of the libraries");
    compile(Path::new(&folder));
    println!("cargo::rustc-link-arg=-Wl,--enable-new-dtags,-rpath,{folder}");
    // What a build script adds to the linker's line holds for its own crate only.
    println!("cargo::metadata=libtorch_lib={folder}");
}

fn compile(libraries: &Path) {
    let include = libraries.with_file_name("include");
    cc::Build::new()
        .cpp(true)
        .std("c++17")
        // Warnings are for the authors of libtorch's headers.
        .warnings(false)
        .debug(false)
        .define("USE_DISTRIBUTED", None)
        .define("USE_C10D_GLOO", None)
        .include("c10d")
        .include(&include)
        .include(include.join("torch/csrc/api/include"))
        .file("c10d/c10d.cpp")
        .file("onednn/onednn.cpp")
        .compile("ra3_libtorch");
    println!("cargo::rustc-link-search=native={}", libraries.display());
    println!("cargo::rustc-link-lib=torch_cpu");
    println!("cargo::rustc-link-lib=c10");
}
