//! `ra3 doctor`: what this machine can do, what is missing, and how to get it.

use std::collections::BTreeMap;
use std::process::{Command, ExitCode};

use clap::Args;
use sandbox::{NativeSandbox, Python, Tier, Toolchain, WasmInterpreter};
use serde::{Deserialize, Serialize};

/// Say what this machine can do: isolation tiers, interpreters, what is missing.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ra3 doctor
  ra3 doctor --json | jq .tier

Exit code 0 where programs can be judged in isolation, 1 where something needed is missing.")]
pub(crate) struct DoctorArgs {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Everything that was found out.
#[derive(Debug, Serialize)]
struct Findings {
    version: &'static str,
    tier: Option<Tier>,
    tiers: Vec<TierFinding>,
    landlock_abi: u32,
    /// What tier t2 needs.
    control_groups: Result<String, String>,
    user: u32,
    cores: usize,
    python: Result<PythonFinding, String>,
    /// What the compilers and interpreters of other languages say of themselves.
    toolchains: BTreeMap<&'static str, Option<String>>,
    wasm: Result<String, String>,
    libtorch: Result<LibtorchFinding, String>,
    advice: Vec<String>,
}

#[derive(Debug, Serialize)]
struct TierFinding {
    tier: Tier,
    available: bool,
    obstacle: Option<String>,
}

#[derive(Debug, Serialize)]
struct PythonFinding {
    executable: String,
    version: String,
    numpy: Option<String>,
}

/// What the program says that is linked with libtorch.
#[derive(Debug, Deserialize, Serialize)]
struct LibtorchFinding {
    libtorch: String,
    drives_gpus: bool,
    gpus: i64,
    threads: i32,
    bf16: Vec<String>,
}

impl LibtorchFinding {
    /// Ask it: this program is not linked with libtorch.
    fn ask() -> Result<Self, String> {
        let ourselves = std::env::current_exe().map_err(|error| error.to_string())?;
        let program = ourselves.with_file_name(crate::TORCH_PROGRAM);
        let output = Command::new(&program).arg(crate::LIBTORCH_FACTS).output();
        let output = output.map_err(|error| format!("`{}`: {error}", program.display()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let said = said.lines().last().unwrap_or_default();
            return Err(format!("`{}`: {}: {said}", program.display(), output.status));
        }
        serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())
    }

    fn lines(&self) -> Vec<String> {
        let gpus = match (self.drives_gpus, self.gpus) {
            (false, _) => "none: this libtorch or this machine has no part for them".to_owned(),
            (true, count) => count.to_string(),
        };
        let bf16 = match &self.bf16[..] {
            [] => "no instructions of this processor: slower than f32".to_owned(),
            known => known.join(", "),
        };
        vec![
            format!("  {:<10}{}, {} threads", "libtorch", self.libtorch, self.threads),
            format!("  {:<10}{gpus}", "gpus"),
            format!("  {:<10}{bf16}", "bf16"),
        ]
    }
}

/// Examine the machine and print the findings.
pub(crate) fn run(arguments: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let findings = Findings::gather();
    if arguments.json {
        super::print(&serde_json::to_string_pretty(&findings)?)?;
    } else {
        super::print(findings.table().trim_end())?;
    }
    let able = findings.tier.is_some() && findings.python.is_ok();
    Ok(if able { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Findings {
    fn gather() -> Self {
        let tiers: Vec<TierFinding> = NativeSandbox::probe()
            .into_iter()
            .map(|probe| TierFinding {
                tier: probe.tier,
                available: probe.obstacle.is_none(),
                obstacle: probe.obstacle,
            })
            .collect();
        let python =
            Python::find().map_err(|error| error.to_string()).map(|python| PythonFinding {
                executable: python.executable.display().to_string(),
                version: python.version,
                numpy: python.numpy,
            });
        let mut findings = Self {
            version: env!("CARGO_PKG_VERSION"),
            tier: tiers.iter().find(|finding| finding.available).map(|finding| finding.tier),
            tiers,
            landlock_abi: NativeSandbox::landlock_abi(),
            control_groups: NativeSandbox::control_groups(),
            user: sandbox::effective_user(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            python,
            toolchains: Toolchain::ALL.iter().map(|it| (it.language, it.version())).collect(),
            wasm: WasmInterpreter::find()
                .map(|found| found.folder().display().to_string())
                .map_err(|error| error.to_string()),
            libtorch: LibtorchFinding::ask(),
            advice: Vec::new(),
        };
        findings.advice = findings.advise();
        findings
    }

    fn advise(&self) -> Vec<String> {
        let mut advice = Vec::new();
        match self.tier {
            Some(Tier::T2) => {}
            Some(Tier::T1) => advice.push(
                "tier t2 needs control groups: root's, or delegated ones, \
                 as in `systemd-run --user --scope -p Delegate=yes ra3 ...`"
                    .to_owned(),
            ),
            Some(_) => advice.push(
                "tier t1 needs user namespaces: outside a container, \
                 `sysctl kernel.unprivileged_userns_clone=1`; inside one, t0 is what there is"
                    .to_owned(),
            ),
            None => advice.push(
                "no isolation: a kernel with landlock (5.13) and seccomp is needed; \
                 `--tier none` runs programs unconfined"
                    .to_owned(),
            ),
        }
        match &self.python {
            Ok(python) if python.numpy.is_none() => advice.push(
                "numpy is missing: candidates that import it will fail; \
                 `make setup`, or `python3 -m pip install numpy`"
                    .to_owned(),
            ),
            Ok(_) => {}
            Err(_) => advice.push("install python3, or name one with RA3_PYTHON".to_owned()),
        }
        advice
    }

    fn table(&self) -> String {
        let mut lines =
            vec![format!("ra3 {} on {} cores, uid {}", self.version, self.cores, self.user)];
        lines.push("isolation".to_owned());
        for finding in &self.tiers {
            let state = match &finding.obstacle {
                None if Some(finding.tier) == self.tier => "yes, used by default".to_owned(),
                None => "yes".to_owned(),
                Some(obstacle) => format!("no: {obstacle}"),
            };
            lines.push(format!(
                "  {:<10}{:<58}{state}",
                finding.tier.to_string(),
                meaning(finding.tier)
            ));
        }
        lines.push(format!("  {:<10}version {} of the interface", "landlock", self.landlock_abi));
        let groups = self.control_groups.as_deref().unwrap_or("none that can be used");
        lines.push(format!("  {:<10}{groups}", "groups"));
        lines.push("python".to_owned());
        match &self.python {
            Ok(python) => {
                lines.push(format!("  {:<10}{}", python.version, python.executable));
                let numpy = python.numpy.as_deref().unwrap_or("missing");
                lines.push(format!("  {:<10}{numpy}", "numpy"));
            }
            Err(error) => lines.push(format!("  {error}")),
        }
        lines.push("other languages".to_owned());
        for (language, version) in &self.toolchains {
            let version = version.as_deref().unwrap_or("missing");
            lines.push(format!("  {language:<10} {version}"));
        }
        lines.push("wasm".to_owned());
        lines.push(match &self.wasm {
            Ok(folder) => format!("  {:<10}{folder}, for `--backend wasm`", "found"),
            Err(error) => format!("  {error}"),
        });
        lines.push("models".to_owned());
        match &self.libtorch {
            Ok(found) => lines.extend(found.lines()),
            Err(reason) => {
                lines.push(format!("  not here: {reason}; only those behind an address"));
            }
        }
        lines.extend(self.advice.iter().map(|advice| format!("note: {advice}")));
        lines.join("\n")
    }
}

fn meaning(tier: Tier) -> &'static str {
    match tier {
        Tier::None => "limits on time and output only",
        Tier::W => "guests of a WebAssembly engine",
        Tier::T0 => "rlimits, seccomp, landlock, no_new_privs",
        Tier::T1 => "t0 and namespaces (user, mount, pid, net, ipc, uts)",
        Tier::T2 => "t1 and control groups (memory, processes, time)",
    }
}
