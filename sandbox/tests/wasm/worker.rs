//! A worker of the wasm backend and nothing else, for tests.

fn main() -> std::io::Result<()> {
    sandbox::wasm_worker(std::env::args_os().skip(1))
}
