//! How wasmtime is set up: the same for compiling and for running, or compiled code would not load.

use wasmtime::{
    Config, Enabled, Engine, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Result,
};

/// The stack of the guest. The interpreter's own runner gives it as much, for recursion in C.
const GUEST_STACK: usize = 8 << 20;

/// The native stack of a thread that runs a guest: the guest's own, and what the host's side needs.
pub(super) const THREAD_STACK: usize = 64 << 20;

/// All that 32-bit pointers can address.
const MOST_MEMORY: usize = 4 << 30;

/// Instances at a time. A worker has one; the pool wants a place to put the next one while the
/// last is cleared.
const INSTANCES: u32 = 2;

/// What of a guest's memory is put back page by page instead of being mapped afresh. Programs touch
/// a few MiB, and a fresh mapping costs a page fault for each page of it. The kernel tells which
/// pages were touched; without that, putting back is slower than mapping, so it is not tried.
const KEEP_RESIDENT: usize = 64 << 20;

/// The interpreter has 47,157 functions that are called by number.
const TABLE_ELEMENTS: usize = 60_000;

/// Measured: 1.2 MiB.
const INSTANCE_SIZE: usize = 4 << 20;

/// How computing is limited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Counting {
    /// By the clock, which is looked at every few milliseconds.
    #[default]
    Time,
    /// By instructions: the same for every run, and a sixth slower.
    Fuel,
}

/// The engine that compiles and runs programs.
pub(super) fn engine(counting: Counting) -> Result<Engine> {
    let scan = PoolingAllocationConfig::is_pagemap_scan_available();
    let keep = if scan { KEEP_RESIDENT } else { 0 };
    let mut pool = PoolingAllocationConfig::default();
    pool.total_core_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_tables(INSTANCES)
        .max_memory_size(MOST_MEMORY)
        .table_elements(TABLE_ELEMENTS)
        .max_core_instance_size(INSTANCE_SIZE)
        .max_unused_warm_slots(INSTANCES)
        .linear_memory_keep_resident(keep)
        .table_keep_resident(keep)
        .pagemap_scan(Enabled::Auto);
    let mut config = common();
    config
        .consume_fuel(counting == Counting::Fuel)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Engine::new(&config)
}

/// The engine that starts the interpreter once, to take a snapshot. Compiling is most of its work,
/// so it does not optimise.
pub(super) fn snapshot_engine() -> Result<Engine> {
    let mut config = common();
    config.cranelift_opt_level(OptLevel::None);
    Engine::new(&config)
}

fn common() -> Config {
    let mut config = Config::new();
    config
        .wasm_exceptions(true)
        .epoch_interruption(true)
        .max_wasm_stack(GUEST_STACK)
        // Nothing runs on one of these, but they may not be smaller than the other.
        .async_stack_size(GUEST_STACK)
        .memory_init_cow(true)
        // Nobody reads them: a trap is told by its kind, and the interpreter tells of exceptions.
        .native_unwind_info(false)
        .wasm_backtrace_max_frames(None);
    config
}
