//! What a model answers.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use tch::Tensor;
use trainer::Stop;
use trainer::learning::{Batch, logprobs};
use trainer::model::Decoder;
use trainer::sampling::{Filter, Request, RequestError, Sample, Sampler, Watcher};

use crate::{distance, for_each_model};

fn sampler(rows: usize) -> Sampler {
    Sampler {
        rows: NonZeroUsize::new(rows).unwrap(),
        filter: Filter::default(),
        max_tokens: 12,
        stop_ids: vec![],
        seed: 17,
        step: 3,
    }
}

/// Sixteen prompts of different lengths, four answers each.
fn requests() -> Vec<Request> {
    let request = |prompt: u32| {
        let ids = (0..2 + prompt % 5).map(|place| 3 + (prompt * 31 + place * 7) % 500).collect();
        Request { prompt, ids, samples: 4 }
    };
    (0..16).map(request).collect()
}

fn run(sampler: &Sampler, model: &Decoder, requests: &[Request]) -> Vec<Sample> {
    let mut samples = Vec::new();
    sampler.run(model, requests, &mut |sample| samples.push(sample)).unwrap();
    samples
}

fn by_number(samples: Vec<Sample>) -> BTreeMap<(u32, u32), Sample> {
    samples.into_iter().map(|it| ((it.prompt, it.sample), it)).collect()
}

#[test]
fn a_sample_is_the_same_alone_and_among_sixty_four() {
    for_each_model(|golden| {
        let model = golden.model();
        let requests = requests();
        let together = by_number(run(&sampler(64), &model, &requests));
        assert_eq!(together.len(), 64);
        let mut backwards = requests.clone();
        backwards.reverse();
        for (rows, requests) in [(1, &requests), (7, &requests), (16, &backwards)] {
            for (number, alone) in by_number(run(&sampler(rows), &model, requests)) {
                let among = &together[&number];
                assert_eq!(alone.tokens, among.tokens, "{number:?} in {rows} rows");
                for (alone, among) in alone.logprobs.iter().zip(&among.logprobs) {
                    assert!((alone - among).abs() < 1e-5);
                }
            }
        }
    });
}

#[test]
fn the_trainer_gives_a_sample_the_log_probabilities_that_the_sampler_gave() {
    for_each_model(|golden| {
        let model = golden.model();
        for temperature in [1.0, 0.6] {
            let mut sampler = sampler(8);
            sampler.filter.temperature = temperature;
            for sample in run(&sampler, &model, &requests()) {
                let prompt = &requests()[sample.prompt as usize].ids;
                let text = [&prompt[..], &sample.tokens].concat();
                let scored = logprobs(&model, &Batch::new([&text[..]]), temperature, 1024);
                let answer = scored.narrow(0, prompt.len() as i64 - 1, sample.tokens.len() as i64);
                let distance = distance(&answer, &Tensor::from_slice(&sample.logprobs));
                assert!(distance < 1e-4, "sampler and trainer differ by {distance:e}");
            }
        }
    });
}

#[test]
fn another_seed_or_step_gives_other_samples() {
    for_each_model(|golden| {
        let model = golden.model();
        let tokens = |sampler: &Sampler| {
            let samples = by_number(run(sampler, &model, &requests()));
            samples.into_values().map(|it| it.tokens).collect::<Vec<_>>()
        };
        let usual = tokens(&sampler(64));
        assert_ne!(usual, tokens(&Sampler { seed: 18, ..sampler(64) }));
        assert_ne!(usual, tokens(&Sampler { step: 4, ..sampler(64) }));
        let first: Vec<_> = usual.iter().take(4).collect();
        assert_ne!(first[0], first[1], "answers to one prompt differ");
    });
}

#[test]
fn greedy_answers_are_those_of_the_reference() {
    for_each_model(|golden| {
        let expected = Vec::<Vec<i64>>::try_from(golden.tensor("greedy_ids")).unwrap().remove(0);
        let expected: Vec<u32> = expected.into_iter().map(|id| id as u32).collect();
        let mut sampler = sampler(2);
        sampler.filter.temperature = 0.0;
        sampler.max_tokens = 24;
        let request = Request { prompt: 0, ids: expected[..6].to_vec(), samples: 3 };
        for sample in run(&sampler, &golden.model(), &[request]) {
            assert_eq!(sample.tokens, expected[6..]);
            assert_eq!(sample.stop, Stop::Length);
        }
    });
}

#[test]
fn an_answer_ends_with_the_id_that_stops_it_and_leaves_its_row_to_another() {
    for_each_model(|golden| {
        let model = golden.model();
        let whole = by_number(run(&sampler(64), &model, &requests()));
        let stop_id = whole[&(5, 2)].tokens[4];
        let mut stopping = sampler(3);
        stopping.stop_ids = vec![stop_id];
        let samples = by_number(run(&stopping, &model, &requests()));
        assert_eq!(samples.len(), 64);
        for (number, sample) in samples {
            let tokens = &whole[&number].tokens;
            let end = tokens.iter().position(|id| *id == stop_id);
            let stop = if end.is_some() { Stop::EndOfText } else { Stop::Length };
            assert_eq!(sample.stop, stop);
            assert_eq!(sample.tokens, tokens[..end.map_or(tokens.len(), |end| end + 1)]);
        }
    });
}

/// Ends every answer at its third token, and notes how many were finished when each came.
#[derive(Default)]
struct Impatient {
    finished: Vec<Sample>,
}

impl Watcher for Impatient {
    fn token(&mut self, sample: &Sample) -> Option<Stop> {
        (sample.prompt == 0 && sample.tokens.len() == 3).then_some(Stop::StopString)
    }

    fn finished(&mut self, sample: Sample) {
        self.finished.push(sample);
    }
}

#[test]
fn a_finished_answer_is_handed_on_while_others_are_written() {
    for_each_model(|golden| {
        let mut watcher = Impatient::default();
        sampler(64).run(&golden.model(), &requests(), &mut watcher).unwrap();
        let first: Vec<u32> = watcher.finished[..4].iter().map(|it| it.prompt).collect();
        assert_eq!(first, [0; 4]);
        assert!(watcher.finished[..4].iter().all(|it| it.stop == Stop::StopString));
        assert!(watcher.finished[..4].iter().all(|it| it.tokens.len() == 3));
        assert!(watcher.finished[4..].iter().all(|it| it.tokens.len() == 12));
    });
}

#[test]
fn a_prompt_that_cannot_be_answered_is_refused_before_anything_is_sampled() {
    for_each_model(|golden| {
        let model = golden.model();
        let context = model.config().context;
        let refused = |ids: Vec<u32>| {
            let good = Request { prompt: 0, ids: vec![5], samples: 1 };
            let bad = Request { prompt: 1, ids, samples: 1 };
            let none = &mut |_| panic!("nothing is sampled");
            sampler(4).run(&model, &[good, bad], none).unwrap_err()
        };
        assert_eq!(refused(vec![]), RequestError::Empty { prompt: 1 });
        let long = RequestError::TooLong { prompt: 1, tokens: context, context };
        assert_eq!(refused(vec![5; context]), long);
        let unknown = RequestError::UnknownToken { prompt: 1, id: 512, vocabulary: 512 };
        assert_eq!(refused(vec![512]), unknown);

        let almost = Request { prompt: 0, ids: vec![5; context - 2], samples: 1 };
        assert_eq!(run(&sampler(1), &model, &[almost])[0].tokens.len(), 2);
    });
}
