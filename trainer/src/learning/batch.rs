//! Texts, packed one behind the other.

use tch::{Device, Tensor};

use crate::model::Segments;

/// Some texts, and which of their tokens are to be predicted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    ids: Vec<i64>,
    segments: Segments,
    /// For every token that is predicted, the index of the one before it in its text.
    sources: Vec<i64>,
    /// The tokens that are predicted; [`NONE_OF_THEM`] for none of `excluded`.
    targets: Vec<i64>,
    /// The tokens of which none is predicted where that is what is predicted.
    excluded: Vec<i64>,
}

/// Stands for a token that is none of some.
const NONE_OF_THEM: i64 = -1;

/// What is predicted at a place of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// This token.
    Token(u32),
    /// Any token that is none of those that the batch excludes.
    NoneOfThem,
}

impl Batch {
    /// Packs `texts` in their order; those without a token are left out. Every token but the first of
    /// each text is predicted.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a [u32]>) -> Self {
        let mut batch = Self::default();
        let texts: Vec<&[u32]> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        for text in &texts {
            let begin = batch.ids.len() as i64;
            batch.ids.extend(wide(text));
            batch.sources.extend(begin..begin + text.len() as i64 - 1);
            batch.targets.extend(wide(&text[1..]));
        }
        batch.segments = Segments::new(texts.iter().map(|text| text.len()));
        batch
    }

    /// Adds a prompt, of at least one token, and answers to it, which share its computation. The
    /// tokens of the answers are predicted, in their order.
    pub fn add_answers<'a>(
        &mut self,
        prompt: &[u32],
        answers: impl IntoIterator<Item = &'a [u32]>,
    ) {
        let answers: Vec<&[u32]> = answers.into_iter().filter(|it| !it.is_empty()).collect();
        self.segments.add_tree(prompt.len(), answers.iter().map(|answer| answer.len()));
        self.ids.extend(wide(prompt));
        let last = self.ids.len() as i64 - 1;
        for answer in answers {
            let begin = self.ids.len() as i64;
            self.sources.push(last);
            self.sources.extend(begin..begin + answer.len() as i64 - 1);
            self.ids.extend(wide(answer));
            self.targets.extend(wide(answer));
        }
    }

    /// An empty batch in which [`Target::NoneOfThem`] is none of these tokens.
    pub fn excluding(tokens: &[u32]) -> Self {
        Self { excluded: wide(tokens).collect(), ..Self::default() }
    }

    /// Adds a text, and what is predicted in it: the index of the token before, and the target.
    pub fn add_text(
        &mut self,
        text: &[u32],
        predictions: impl IntoIterator<Item = (usize, Target)>,
    ) {
        let begin = self.ids.len() as i64;
        self.segments.add(text.len());
        self.ids.extend(wide(text));
        for (source, target) in predictions {
            self.sources.push(begin + source as i64);
            self.targets.push(match target {
                Target::Token(id) => i64::from(id),
                Target::NoneOfThem => NONE_OF_THEM,
            });
        }
    }

    /// How the texts lie.
    pub fn segments(&self) -> &Segments {
        &self.segments
    }

    /// Every token, `[tokens]`.
    pub fn ids(&self, device: Device) -> Tensor {
        Tensor::from_slice(&self.ids).to_device(device)
    }

    /// How many tokens are predicted.
    pub fn predicted(&self) -> usize {
        self.targets.len()
    }

    /// The tokens that predict, by index.
    pub(super) fn sources(&self, device: Device) -> Tensor {
        Tensor::from_slice(&self.sources).to_device(device)
    }

    /// The tokens that are predicted, negative for none of [`Batch::excluded`].
    pub(super) fn targets(&self, device: Device) -> Tensor {
        Tensor::from_slice(&self.targets).to_device(device)
    }

    /// The tokens of which none is predicted in some places, if there are such places.
    pub(super) fn excluded(&self, device: Device) -> Option<Tensor> {
        let is_asked = self.targets.contains(&NONE_OF_THEM);
        is_asked.then(|| Tensor::from_slice(&self.excluded).to_device(device))
    }
}

fn wide(ids: &[u32]) -> impl Iterator<Item = i64> {
    ids.iter().map(|&id| i64::from(id))
}

/// Distributes texts over batches of at most `budget` tokens, and says which text is in which.
///
/// Each goes into the first batch that has room for it. A text larger than the budget gets a batch
/// of its own: whether that fits is for the caller to know before.
pub fn pack(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut batches: Vec<(usize, Vec<usize>)> = Vec::new();
    for (text, &length) in lengths.iter().enumerate() {
        match batches.iter_mut().find(|(filled, _)| filled + length <= budget) {
            Some((filled, batch)) => {
                *filled += length;
                batch.push(text);
            }
            None => batches.push((length, vec![text])),
        }
    }
    batches.into_iter().map(|(_, batch)| batch).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_predicted_by_the_one_before_it_in_its_own_text() {
        let batch = Batch::new([&[5, 6, 7][..], &[8], &[9, 10]]);
        assert_eq!(batch.predicted(), 3);
        assert_eq!(batch.sources(Device::Cpu), Tensor::from_slice(&[0_i64, 1, 4]));
        assert_eq!(batch.targets(Device::Cpu), Tensor::from_slice(&[6_i64, 7, 10]));
    }

    #[test]
    fn the_first_token_of_every_answer_is_predicted_by_the_end_of_the_prompt() {
        let mut batch = Batch::default();
        batch.add_answers(&[5, 6], [&[7, 8, 9][..], &[4]]);
        assert_eq!(batch.predicted(), 4);
        assert_eq!(batch.sources(Device::Cpu), Tensor::from_slice(&[1_i64, 2, 3, 1]));
        assert_eq!(batch.targets(Device::Cpu), Tensor::from_slice(&[7_i64, 8, 9, 4]));
        assert_eq!(batch.segments().positions(), [0, 1, 2, 3, 4, 2]);
    }

    #[test]
    fn texts_fill_batches_up_to_the_budget_and_no_text_is_lost() {
        assert_eq!(pack(&[4, 5, 3, 1, 20, 2], 8), [vec![0, 2, 3], vec![1, 5], vec![4]]);
        assert!(pack(&[], 8).is_empty());
    }
}
