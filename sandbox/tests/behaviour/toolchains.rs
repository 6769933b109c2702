//! Compilers in the sandbox, and what they make.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use sandbox::{Ending, Execution, Job, Limits, NativeSandbox, Sandbox, Tier, Toolchain};

async fn run(job: Job) -> Execution {
    NativeSandbox::strongest().unwrap().run(job).await.unwrap()
}

/// Whether this machine has `toolchain`, and namespaces for its processes.
fn is_here(toolchain: &Toolchain) -> bool {
    let here = toolchain.version().is_some()
        && (toolchain.compile(b"").is_none()
            || NativeSandbox::strongest().unwrap().tier() >= Tier::T1);
    if !here {
        println!("skipped: there is no {}", toolchain.program());
    }
    here
}

async fn compiled(toolchain: &Toolchain, source: &str) -> Result<Vec<u8>, String> {
    match toolchain.compile(source.as_bytes()) {
        Some(job) => Toolchain::compiled(&run(job).await).map(<[u8]>::to_vec),
        None => Ok(source.as_bytes().to_vec()),
    }
}

#[tokio::test]
async fn what_is_compiled_runs() {
    for (toolchain, source) in [
        (
            Toolchain::CPP17,
            "#include <iostream>\nint main() { int a, b; std::cin >> a >> b; std::cout << a + b << '\\n'; }",
        ),
        (
            Toolchain::C,
            "#include <stdio.h>\nint main(void) { int a, b; scanf(\"%d%d\", &a, &b); printf(\"%d\\n\", a + b); }",
        ),
        (
            Toolchain::JAVASCRIPT,
            "const [a, b] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\n\
             console.log(a + b);",
        ),
        (
            Toolchain::TYPESCRIPT,
            "declare const require: any;\n\
             const [a, b]: number[] = require('fs').readFileSync(0, 'utf8').split(' ').map(Number);\n\
             console.log(a + b);",
        ),
        (
            Toolchain::GO,
            "package main\nimport \"fmt\"\nfunc main() { var a, b int; fmt.Scan(&a, &b); fmt.Println(a + b) }",
        ),
        (
            Toolchain::JAVA,
            "import java.util.*;\nclass Reader {}\npublic class Sum {\n\
             public static void main(String[] a) {\n\
             Scanner in = new Scanner(System.in); System.out.println(in.nextInt() + in.nextInt());\n}\n}",
        ),
        (
            Toolchain::RUST,
            "fn main() { let mut text = String::new(); std::io::stdin().read_line(&mut text).unwrap();\n\
             println!(\"{}\", text.split_whitespace().map(|it| it.parse::<i32>().unwrap()).sum::<i32>()); }",
        ),
    ] {
        if !is_here(&toolchain) {
            continue;
        }
        let program = compiled(&toolchain, source).await.unwrap();
        let job = toolchain.run(&program, Limits::default()).stdin(&b"1 2"[..]);
        let execution = run(job).await;
        assert_eq!(execution.ending, Ending::Exited(0), "{execution:?}");
        assert_eq!(execution.stdout.text(), "3\n", "{}", toolchain.language);
    }
}

#[tokio::test]
async fn what_does_not_compile_is_answered_in_the_compilers_words() {
    if is_here(&Toolchain::CPP17) {
        let said = compiled(&Toolchain::CPP17, "int main() { return x; }").await.unwrap_err();
        assert!(said.contains("was not declared"), "{said}");
    }
}

#[tokio::test]
async fn a_compiled_program_has_no_more_rights_than_another() {
    if !is_here(&Toolchain::CPP17) {
        return;
    }
    let source = "#include <unistd.h>\n#include <cstdio>\nint main() {\n\
        if (fork() >= 0) puts(\"forked\");\n\
        char name[] = \"/bin/true\"; char *arguments[] = {name, nullptr};\n\
        execv(name, arguments); puts(\"stayed\"); return 0; }";
    let program = compiled(&Toolchain::CPP17, source).await.unwrap();
    let execution = run(Toolchain::CPP17.run(&program, Limits::default())).await;
    assert!(!execution.stdout.text().contains("forked"), "{execution:?}");
    assert_ne!(execution.ending, Ending::Exited(1));
    let spin = compiled(&Toolchain::CPP17, "int main() { for (volatile int i = 0;; i = i + 1); }");
    let limits = Limits { cpu: std::time::Duration::from_millis(300), ..Limits::default() };
    let execution = run(Toolchain::CPP17.run(&spin.await.unwrap(), limits)).await;
    assert_eq!(execution.ending, Ending::CpuLimit);
}
