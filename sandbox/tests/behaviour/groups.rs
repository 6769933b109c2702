//! What control groups add: limits on a whole tree that the kernel keeps.

use sandbox::{Ending, Error, NativeSandbox, Tier};

use super::{MIB, job, limits, run};

/// A sandbox of tier `t2`, where the machine can give one.
fn grouped() -> Option<NativeSandbox> {
    match NativeSandbox::of_tier(Tier::T2) {
        Ok(sandbox) => Some(sandbox),
        Err(Error::TierUnavailable { obstacle, .. }) => {
            println!("skipped: no control groups on this machine: {obstacle}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn files_in_memory_count_as_memory() {
    let Some(sandbox) = grouped() else { return };
    let source = "with open('filling', 'wb') as file:\n    \
                      for _ in range(100): file.write(b'x' * (1 << 20))\n\
                  held = b'x' * (100 << 20)";
    let mut limits = limits();
    (limits.memory, limits.scratch, limits.file_size) = (160 * MIB, 128 * MIB, 128 * MIB);
    let execution = run(&sandbox, job(source).limits(limits)).await;
    assert_eq!(execution.ending, Ending::MemoryLimit, "{execution:?}");
    // The same group serves the next run, to which this is no news.
    limits.memory = 512 * MIB;
    let execution = run(&sandbox, job(source).limits(limits)).await;
    assert_eq!((execution.ending, execution.tier), (Ending::Exited(0), Tier::T2), "{execution:?}");
}

#[tokio::test]
async fn a_child_that_takes_too_much_memory_ends_the_whole_tree() {
    let Some(sandbox) = grouped() else { return };
    // So fast that the kernel mostly is the first to see it, and the parent would go on.
    let source = "import os, time\n\
                  if os.fork() == 0:\n    held = b'x' * (400 << 20)\n    time.sleep(20)\n\
                  os.wait()\ntime.sleep(20)";
    let mut limits = limits();
    limits.processes = 4;
    let execution = run(&sandbox, job(source).limits(limits)).await;
    assert_eq!(execution.ending, Ending::MemoryLimit, "{execution:?}");
}

#[tokio::test]
async fn no_more_processes_are_made_than_there_may_be() {
    let Some(sandbox) = grouped() else { return };
    let source = "import os, time\n\
                  made = 0\n\
                  try:\n    \
                      for _ in range(20):\n        \
                          if os.fork() == 0:\n            time.sleep(20)\n        \
                          made += 1\n\
                  except OSError as error:\n    print(made, error.errno)";
    let mut limits = limits();
    limits.processes = 5;
    let execution = run(&sandbox, job(source).limits(limits)).await;
    assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
    // Fewer where another sandbox of this process runs programs as the same user.
    let refused = |made: u32| format!("{made} {}\n", libc::EAGAIN);
    assert!((1..=4).any(|made| execution.stdout.text() == refused(made)), "{execution:?}");
}

#[tokio::test]
async fn the_time_of_those_who_ended_unseen_counts() {
    let Some(sandbox) = grouped() else { return };
    // Each child leaves an orphan behind, whom nobody here waits for.
    let source = "import os, time\n\
                  read, write = os.pipe()\n\
                  for _ in range(8):\n    \
                      if os.fork() == 0:\n        \
                          if os.fork() == 0:\n            \
                              while time.process_time() < 0.05: pass\n            \
                              os.write(write, b'.')\n        \
                          os._exit(0)\n    \
                      os.wait()\n    os.read(read, 1)";
    let mut limits = limits();
    limits.processes = 32;
    let execution = run(&sandbox, job(source).limits(limits)).await;
    let cpu = execution.usage.cpu.as_secs_f64();
    assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
    assert!((0.4..0.8).contains(&cpu), "{cpu}");
}

#[tokio::test]
async fn the_memory_of_a_tree_is_told_as_the_kernel_counted_it() {
    let Some(sandbox) = grouped() else { return };
    // Each child has its memory for less time than there is between two looks.
    let source = "import os\n\
                  for _ in range(3):\n    \
                      if os.fork() == 0:\n        held = b'x' * (100 << 20)\n        os._exit(0)\n    \
                      os.wait()";
    let mut limits = limits();
    limits.processes = 4;
    let memory = run(&sandbox, job(source).limits(limits)).await.usage.memory;
    assert!((100 * MIB..200 * MIB).contains(&memory), "{memory}");
}
