//! What a run is said to have used.

use std::time::Duration;

use sandbox::Ending;

use super::{MIB, job, limits, run, sandboxes};

#[tokio::test]
async fn a_busy_loop_uses_its_processor_time_and_no_more() {
    for sandbox in sandboxes() {
        let mut limits = limits();
        limits.cpu = Duration::from_millis(800);
        let execution = run(&sandbox, job("while True: pass").limits(limits)).await;
        let cpu = execution.usage.cpu;
        assert_eq!(execution.ending, Ending::CpuLimit);
        assert!(cpu >= limits.cpu && cpu < limits.cpu + Duration::from_millis(300), "{cpu:?}");
        assert!(execution.usage.wall + Duration::from_millis(20) >= cpu, "{:?}", execution.usage);
    }
}

#[tokio::test]
async fn a_sleeper_uses_wall_clock_time_only() {
    for sandbox in sandboxes() {
        let usage = run(&sandbox, job("import time; time.sleep(0.7)")).await.usage;
        assert!(usage.wall >= Duration::from_millis(700), "{usage:?}");
        assert!(usage.cpu < Duration::from_millis(500), "{usage:?}");
    }
}

#[tokio::test]
async fn memory_in_use_is_told() {
    let source = "import time; held = b'x' * (100 << 20); time.sleep(0.1)";
    for sandbox in sandboxes() {
        let memory = run(&sandbox, job(source)).await.usage.memory;
        assert!((100 * MIB..150 * MIB).contains(&memory), "{memory}");
    }
}

#[tokio::test]
async fn memory_counts_however_short_the_program_had_it() {
    let source = "import os; held = b'x' * (300 << 20); os._exit(0)";
    for sandbox in sandboxes() {
        let mut limits = limits();
        limits.memory = 256 * MIB;
        let execution = run(&sandbox, job(source).limits(limits)).await;
        assert_eq!(execution.ending, Ending::MemoryLimit, "{:?}", execution.usage);
    }
}

#[tokio::test]
async fn the_time_of_all_threads_counts() {
    let source = "import hashlib, threading\n\
                  def burn():\n    for _ in range(8): hashlib.sha256(bytes(16 << 20)).digest()\n\
                  threads = [threading.Thread(target=burn) for _ in range(4)]\n\
                  for thread in threads: thread.start()\n\
                  for thread in threads: thread.join()\n\
                  import time; print(time.process_time())";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source)).await;
        let own: f64 = execution.stdout.text().trim().parse().expect("it prints its time");
        let told = execution.usage.cpu.as_secs_f64();
        assert!((told - own).abs() < 0.25, "{told} told, {own} by its own account");
    }
}
