//! The problems from templates: strict tests tell their right answers from nearly right ones.

#[path = "scene/judge.rs"]
mod judge;

use benchmarks::{Candidate, Outcome, Profile};
use datasets::templates;

use judge::judge;

#[tokio::test(flavor = "multi_thread")]
async fn every_reference_passes_and_every_wrong_answer_fails() {
    let judge = judge(Profile::Strict1);
    let mut surprises = Vec::new();
    for template in templates::problems() {
        let problem = &template.problem;
        let reference = Candidate::solution(problem.reference.as_ref().unwrap());
        let verdict = judge.judge(problem, &reference).await.unwrap();
        if verdict.outcome != Outcome::Accepted {
            surprises.push((&problem.id, verdict.outcome, verdict.message));
        }
        for wrong in &template.wrong {
            let verdict = judge.judge(problem, &Candidate::solution(wrong)).await.unwrap();
            if verdict.outcome != Outcome::WrongAnswer && verdict.outcome != Outcome::RuntimeError {
                surprises.push((&problem.id, verdict.outcome, wrong.clone()));
            }
        }
    }
    assert!(surprises.is_empty(), "{surprises:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_s_prompt_is_the_beginning_of_a_program() {
    let judge = judge(Profile::Strict1);
    let problem = &templates::problems()[0].problem;
    let candidate = Candidate::completing(problem, "    return x + 3\n");
    assert_eq!(judge.judge(problem, &candidate).await.unwrap().outcome, Outcome::Accepted);
    let chat = "Here:\n```python\ndef add_3(x):\n    return x + 4\n```\n";
    let candidate =
        Candidate::extract(problem, chat, benchmarks::Extraction::of(benchmarks::Block::Last));
    let verdict = judge.judge(problem, &candidate.unwrap()).await.unwrap();
    assert_eq!(verdict.outcome, Outcome::WrongAnswer);
}
