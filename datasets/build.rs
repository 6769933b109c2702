//! Makes the problems under `mini/` part of the program.
//!
//! Writes a table of (form, name, text) with an `include_str!` for each `mini/FORM/NAME.toml`. What
//! the texts mean is the business of `src/mini.rs`.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name| PathBuf::from(env::var_os(name).expect("cargo sets it"));
    let folder = variable("CARGO_MANIFEST_DIR").join("mini");
    let mut table = String::from("&[\n");
    for form in entries(&folder)?.iter().filter(|path| path.is_dir()) {
        for file in entries(form)?.iter().filter(|path| path.extension() == Some("toml".as_ref())) {
            let form = form.file_name().expect("an entry of a folder has a name");
            let name = file.file_stem().expect("it ends in .toml");
            writeln!(table, "({form:?}, {name:?}, include_str!({file:?})),")
                .expect("a String takes whatever is written");
        }
    }
    table.push(']');
    fs::write(variable("OUT_DIR").join("mini.rs"), table)
}

/// What a folder holds, by name; and cargo is to look again when that changes.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}
