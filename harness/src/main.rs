//! `ra3`: judge programs that a model wrote, and train models on the verdicts.

fn main() {}
