//! What a model can do in the world of the experiment.

use super::error::ExperimentError;
use super::report::Measured;
use super::{HELD_OUT, Run};
use crate::answers::answer;
use crate::lab::skills::{Skills, SkillsPrompt};
use crate::model::Decoder;
use crate::ra3::{HeldOut, Scoring};
use crate::ranks::Ranks;
use crate::sampling::{Filter, Request, Sampler};

impl Run<'_> {
    pub(super) fn held_out(&self) -> impl Iterator<Item = SkillsPrompt> {
        (0..256).map(|number| self.world.prompt(HELD_OUT, number))
    }

    pub(super) fn measure(&self, model: &Decoder) -> Result<Measured, ExperimentError> {
        let prompts: Vec<SkillsPrompt> = self.held_out().collect();
        let documents = prompts.iter().map(|it| self.world.document(&self.tokenizer, it, false));
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        let voice = (&self.tokenizer, &self.marks);
        let ranks = Ranks::default();
        let scoring = Scoring { batch_tokens: 1 << 16, chunk: 1 << 12, ranks: &ranks };
        let thinking = Some(self.thinking());
        let held_out = HeldOut::measure(model, voice, &documents, thinking, scoring)?;
        let mut measured = Measured {
            plain_loss: held_out.plain_loss,
            thinking_loss: held_out.thinking_loss,
            ..Measured::default()
        };
        let requests = documents.iter().zip(0..).map(|(document, prompt)| Request {
            prompt,
            ids: document.tokens[..document.actions[0]].to_vec(),
            samples: 1,
        });
        let sampler = Sampler {
            rows: self.thinking().rows,
            filter: Filter { temperature: 0.0, ..Filter::default() },
            max_tokens: self.longest(),
            stop_ids: vec![0],
            seed: self.seed,
            step: 0,
        };
        let each = 1.0 / prompts.len() as f64;
        let requests: Vec<Request> = requests.collect();
        answer::<ExperimentError>(
            model,
            &self.tokenizer,
            &sampler,
            &requests,
            &[],
            &mut |sample, text| {
                let prompt = &prompts[sample.prompt as usize];
                measured.success += each * f64::from(u8::from(self.world.is_right(prompt, &text)));
                let (starts, inside) = thoughts(&text);
                let segments = self.experiment.world.length as f64;
                let others = segments * (Skills::SEGMENT - 1) as f64;
                measured.think_at_starts += each * starts as f64 / segments;
                measured.think_inside += each * inside as f64 / others;
                measured.think_rate += each * (starts + inside) as f64 / (segments + others);
                Ok(())
            },
        )?;
        Ok(measured)
    }

    /// The tokens of a program with a thought before every line.
    pub(super) fn longest(&self) -> usize {
        self.experiment.world.length * Skills::SEGMENT * 6 + 2
    }
}

/// How many comments come before the first lines of segments, and before the others.
fn thoughts(text: &str) -> (usize, usize) {
    let (mut starts, mut inside) = (0, 0);
    for (comment, line) in text.lines().zip(text.lines().skip(1)) {
        if comment.starts_with('#') && !line.starts_with('#') {
            if line.starts_with('x') { starts += 1 } else { inside += 1 }
        }
    }
    (starts, inside)
}
