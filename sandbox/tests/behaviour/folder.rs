//! The working folder of a job.

use sandbox::{Ending, Limits, Sandbox};

use super::{MIB, job, limits, run, sandboxes};

#[tokio::test]
async fn files_of_the_job_are_in_the_working_folder() {
    let source = "import os, data\n\
                  print(sorted(os.listdir('.')), open('input.txt').read(), data.x)\n\
                  print(len(open('large.bin', 'rb').read()))";
    for sandbox in sandboxes() {
        let job = job(source)
            .file("input.txt", &b"text"[..])
            .file("data.py", &b"x = 1"[..])
            .file("large.bin", vec![0; 3_000_000]);
        let execution = run(&sandbox, job).await;
        let expected = "['data.py', 'input.txt', 'large.bin', 'main.py'] text 1\n3000000\n";
        assert_eq!(execution.stdout.text(), expected, "{execution:?}");
    }
}

#[tokio::test]
async fn what_a_program_is_given_takes_no_room_from_it() {
    let source = "print(open('a', 'w').write('x' * (4 << 20)))\n#".to_owned();
    let source = source + &"x".repeat(8 << 20);
    let limits = Limits { scratch: 6 * MIB, memory: 512 * MIB, ..limits() };
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(&source).limits(limits)).await;
        assert_eq!(execution.stdout.text(), "4194304\n", "{:?}", execution.ending);
    }
}

#[tokio::test]
async fn the_working_folder_can_be_written_and_is_home() {
    let source = "import os, pathlib, tempfile\n\
                  open('a', 'w').write('kept'); os.makedirs('b/c'); os.rename('a', 'b/c/a')\n\
                  print(open('b/c/a').read(), pathlib.Path.home().samefile('.'))\n\
                  print(pathlib.Path(tempfile.gettempdir()).samefile('.'))";
    for sandbox in sandboxes() {
        let execution = run(&sandbox, job(source)).await;
        assert_eq!(execution.stdout.text(), "kept True\nTrue\n", "{execution:?}");
    }
}

#[tokio::test]
async fn every_run_starts_from_a_fresh_folder() {
    let source = "import os; print(os.listdir('.')); open('left', 'w').write('x')";
    for sandbox in sandboxes() {
        for _ in 0..3 {
            assert_eq!(run(&sandbox, job(source)).await.stdout.text(), "['main.py']\n");
        }
    }
}

#[tokio::test]
async fn a_program_may_change_its_own_source() {
    let source = "import os; open('main.py', 'w').write('x'); os.remove('main.py')";
    for sandbox in sandboxes() {
        assert_eq!(run(&sandbox, job(source)).await.ending, Ending::Exited(0));
    }
}

#[tokio::test]
async fn names_that_are_no_file_names_are_refused_before_anything_runs() {
    for sandbox in sandboxes() {
        for name in ["../escaped", "/tmp/ra3-hostile-mark", "a/b", "", ".", "..", "a\0b"] {
            let ran = sandbox.run(job("print(1)").file(name, &b"x"[..])).await;
            assert!(ran.is_err(), "{}: {name:?}: {ran:?}", sandbox.tier());
        }
    }
    assert!(!std::path::Path::new("/tmp/ra3-hostile-mark").exists());
}
