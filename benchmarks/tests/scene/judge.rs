//! The judge of every test that runs candidates.

use benchmarks::{Judge, Profile};
use sandbox::{NativeSandbox, Python};

/// A judge by `profile` in the best sandbox of this machine.
pub(crate) fn judge(profile: Profile) -> Judge<NativeSandbox> {
    let sandbox = NativeSandbox::strongest().expect("this machine has a sandbox");
    Judge::new(
        sandbox.knowing(benchmarks::scripts()),
        Python::find().expect("this machine has Python"),
        profile,
    )
}
