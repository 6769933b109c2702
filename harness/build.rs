//! Tells the linker where `ra3` finds libtorch, if it is built with it. See the build script of `trainer`.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if let Ok(folder) = std::env::var("DEP_TRAINER_LIBTORCH_LIBTORCH_LIB") {
        println!("cargo::rustc-link-arg-bins=-Wl,--enable-new-dtags,-rpath,{folder}");
    }
}
