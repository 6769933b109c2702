//! `ra3 doctor`: what this machine can do, what is missing, and how to get it.

use std::process::ExitCode;

use clap::Args;
use sandbox::{NativeSandbox, Python, Tier, WasmInterpreter};
use serde::Serialize;

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
    user: u32,
    cores: usize,
    python: Result<PythonFinding, String>,
    wasm: Result<String, String>,
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
            user: sandbox::effective_user(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            python,
            wasm: WasmInterpreter::find()
                .map(|found| found.folder().display().to_string())
                .map_err(|error| error.to_string()),
            advice: Vec::new(),
        };
        findings.advice = findings.advise();
        findings
    }

    fn advise(&self) -> Vec<String> {
        let mut advice = Vec::new();
        match self.tier {
            Some(Tier::T1) => {}
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
        lines.push("python".to_owned());
        match &self.python {
            Ok(python) => {
                lines.push(format!("  {:<10}{}", python.version, python.executable));
                let numpy = python.numpy.as_deref().unwrap_or("missing");
                lines.push(format!("  {:<10}{numpy}", "numpy"));
            }
            Err(error) => lines.push(format!("  {error}")),
        }
        lines.push("wasm".to_owned());
        lines.push(match &self.wasm {
            Ok(folder) => format!("  {:<10}{folder}, for `--backend wasm`", "found"),
            Err(error) => format!("  {error}"),
        });
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
    }
}
