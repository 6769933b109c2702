//! Where results go: folders that may not be written, hold something else, or are full.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::Command;

use insta::assert_snapshot;

use super::desk::{Desk, answer, right};

fn desk() -> Desk {
    let desk = Desk::with(1);
    desk.rows("samples.jsonl", [right(0)]);
    desk
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

#[test]
fn a_folder_that_holds_something_else_is_left_alone() {
    let desk = desk();
    desk.write("mine/thesis.tex", "precious");
    for overwrite in ["", "--overwrite"] {
        let complaint = desk.complaint(&format!("--samples samples.jsonl --out mine {overwrite}"));
        assert_eq!(
            complaint,
            "error: `mine` is not empty and holds no run of ours; name another folder with `--out`\n"
        );
    }
    assert_eq!(std::fs::read_dir(desk.path("mine")).unwrap().count(), 1);
}

#[test]
fn a_run_is_replaced_only_on_request() {
    let desk = desk();
    desk.judge("--samples samples.jsonl --out run").succeeded();
    desk.write("run/notes.txt", "kept");
    assert_snapshot!(desk.complaint("--samples samples.jsonl --out run"), @"error: `run` holds a run already; `--resume` goes on with it, `--overwrite` replaces it");
    desk.rows("samples.jsonl", [answer(0, "    return 1\n")]);
    desk.judge("--samples samples.jsonl --out run --overwrite").succeeded();
    assert_eq!(desk.verdicts("run")[0].2, "wrong_answer");
    assert_eq!(desk.read_rows("run/journal.jsonl").len(), 1);
    assert_eq!(desk.read("run/notes.txt"), "kept");
}

#[test]
fn nothing_is_replaced_that_judging_cannot_make_again() {
    let desk = desk();
    desk.write("project/config.toml", "name = \"mine\"\n");
    let complaint = desk.complaint("--samples samples.jsonl --out project --overwrite");
    assert!(complaint.contains("`project` holds none"), "{complaint}");
    assert_eq!(desk.read("project/config.toml"), "name = \"mine\"\n");
}

#[test]
fn nothing_of_the_run_that_is_replaced_stays() {
    let desk = desk();
    desk.judge("--samples samples.jsonl --out run --profile both").succeeded();
    for name in ["livecodebench.json", "livecodebench_eval.json", "livecodebench_eval_all.json"] {
        desk.write(&format!("run/{name}"), "[]");
    }
    desk.judge("--samples samples.jsonl --out run --overwrite").succeeded();
    let mut left: Vec<String> = std::fs::read_dir(desk.path("run"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    let names = "config.toml human-eval-results.jsonl journal.jsonl report.html samples.jsonl \
                 summary.json verdicts.jsonl";
    assert_eq!(left.join(" "), names);

    desk.judge("--samples samples.jsonl --out run --profile both --overwrite").succeeded();
    desk.write("run/strict/notes.txt", "kept");
    desk.judge("--samples samples.jsonl --out run --overwrite").succeeded();
    assert!(!desk.has("run/strict/verdicts.jsonl"));
    desk.judge("--samples samples.jsonl --out run --profile both --overwrite").succeeded();
    assert_eq!(desk.read("run/strict/notes.txt"), "kept");
}

#[test]
fn a_run_is_not_replaced_by_one_that_reads_it() {
    let desk = desk();
    desk.judge("--samples samples.jsonl --out run --profile both").succeeded();
    assert_snapshot!(desk.complaint("--samples run/samples.jsonl --out run --overwrite"), @"error: `run/samples.jsonl` is part of the run in `run`, which `--overwrite` removes; name another folder with `--out`");
    std::os::unix::fs::symlink("run/strict/samples.jsonl", desk.path("link")).unwrap();
    assert_snapshot!(desk.complaint("--samples link --out ./run --overwrite"), @"error: `link` is part of the run in `./run`, which `--overwrite` removes; name another folder with `--out`");
    std::fs::rename(desk.path("tasks.jsonl"), desk.path("run/answers.jsonl")).unwrap();
    let judge = "judge -b humaneval --data run/answers.jsonl";
    let ran = desk.run(&format!("{judge} -s samples.jsonl --out run --overwrite"));
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("`run/answers.jsonl` is part of the run"), "{}", ran.stderr);
    for name in ["answers.jsonl", "samples.jsonl", "strict/samples.jsonl", "verdicts.jsonl"] {
        assert!(desk.has(&format!("run/{name}")), "{name} is gone");
    }
    // Whatever else lies there is not removed, and may be read.
    desk.rows("run/mine.jsonl", [right(0)]);
    desk.run(&format!("{judge} -s run/mine.jsonl --out other")).succeeded();
    std::fs::rename(desk.path("run/answers.jsonl"), desk.path("tasks.jsonl")).unwrap();
    desk.judge("--samples run/mine.jsonl --out run --overwrite").succeeded();
}

#[test]
fn what_a_start_that_failed_has_left_is_in_nobodys_way() {
    let desk = desk();
    desk.write("run/journal.jsonl", "");
    desk.judge("--samples samples.jsonl --out run").succeeded();
    desk.write("full/journal.jsonl", "{}\n");
    desk.write("beside/journal.jsonl", "");
    desk.write("beside/notes.txt", "");
    for folder in ["full", "beside"] {
        let complaint = desk.complaint(&format!("--samples samples.jsonl --out {folder}"));
        assert!(complaint.contains("is not empty and holds no run of ours"), "{complaint}");
    }
}

#[test]
fn a_name_that_is_not_utf_8_is_shown_where_that_will_do_and_refused_elsewhere() {
    let desk = desk();
    let name = OsStr::from_bytes(b"\xff.jsonl");
    std::fs::copy(desk.path("samples.jsonl"), desk.path("").join(name)).unwrap();
    let mut command = desk.ra3("judge -b humaneval --data tasks.jsonl --out run --samples");
    let ran = desk.ran(command.arg(name).output().unwrap());
    assert_eq!((ran.code, desk.has("run")), (Some(2), false));
    assert_snapshot!(ran.stderr, @"error: `�.jsonl` is a name that is not UTF-8, which the configuration of a run cannot hold");
    let mut command =
        desk.ra3("judge -b humaneval --data tasks.jsonl -s samples.jsonl --json --out");
    let ran = desk.ran(command.arg(OsStr::from_bytes(b"\xff")).output().unwrap()).succeeded();
    assert_eq!(ran.json()["out"], "\u{fffd}");
}

#[test]
fn a_place_where_no_folder_can_be_made_is_named() {
    let desk = desk();
    assert_snapshot!(desk.complaint("--samples samples.jsonl --out samples.jsonl/run"), @"error: cannot use `samples.jsonl/run` for a run: Not a directory (os error 20)");
}

#[test]
fn a_folder_without_write_permission_is_named() {
    let desk = desk();
    std::fs::create_dir(desk.path("locked")).unwrap();
    std::fs::set_permissions(desk.path("locked"), PermissionsExt::from_mode(0o555)).unwrap();
    if is_root() {
        println!("skipped: root may write everywhere");
        return;
    }
    assert_snapshot!(desk.complaint("--samples samples.jsonl --out locked/run"), @"error: failed to make the folder `locked/run`: Permission denied (os error 13)");
}

#[test]
fn a_full_disk_ends_the_run_and_what_was_judged_is_kept() {
    const SAMPLES: usize = 60;
    let desk = Desk::with(SAMPLES);
    desk.rows("samples.jsonl", (0..SAMPLES).map(right));
    // A disk of 16 KiB that nobody else sees, and what is on it when the run is over.
    let script = "mkdir full kept && mount -t tmpfs -o size=16k none full || exit 77
        \"$1\" judge -b humaneval --data tasks.jsonl -s samples.jsonl --out full --tier none
        code=$?; cp full/* kept; ls -A full > listing; exit $code";
    let privileges: &[&str] = if is_root() { &[] } else { &["--user", "--map-root-user"] };
    let mut command = Command::new("unshare");
    command.args(privileges).args(["--mount", "sh", "-c", script, "sh"]);
    command.arg(env!("CARGO_BIN_EXE_ra3")).current_dir(desk.path(""));
    let Ok(output) = command.output() else {
        println!("skipped: there is no unshare");
        return;
    };
    let ran = desk.ran(output);
    if ran.code == Some(77) || ran.stderr.contains("unshare:") {
        println!("skipped: this machine lets nobody mount: {}", ran.stderr);
        return;
    }
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""), "{}", ran.stderr);
    assert_snapshot!(ran.stderr, @"
    results: full
    error: judging stopped, `ra3 judge --resume --out full` goes on: failed to write to `full/journal.jsonl`: No space left on device (os error 28)
    ");
    assert_eq!(desk.read("listing"), "config.toml\njournal.jsonl\n");

    let whole = desk.read("kept/journal.jsonl").matches('\n').count();
    assert!((1..SAMPLES).contains(&whole), "{whole}");
    desk.run("judge --resume --out kept").succeeded();
    assert_eq!(desk.read_rows("kept/journal.jsonl").len(), SAMPLES, "something was judged twice");
    assert_eq!(desk.verdicts("kept").len(), SAMPLES);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let desk = desk();
    let script = "set -o pipefail; \"$1\" judge -b humaneval --data tasks.jsonl -s samples.jsonl --json | true";
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash"]).arg(env!("CARGO_BIN_EXE_ra3"));
    let ran = desk.ran(command.current_dir(desk.path("")).output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "results: runs/humaneval-samples\n"));
}
