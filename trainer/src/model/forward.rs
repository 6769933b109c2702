//! One pass forward whose gradient will be wanted.
//!
//! Between the blocks and the output projection the computation is cut: [`Forward::hidden`] is a
//! leaf. Whoever computes a loss from it leaves a gradient there, in one piece or in several, and
//! [`Forward::backward`] carries that on through the blocks to the parameters. The cut lets the
//! projection to a large vocabulary be computed a few tokens at a time.
//!
//! Either all activations are kept, or only the inputs of the blocks; then a block is computed once
//! more when its gradient is wanted. The second costs a third more time and a small part of the
//! memory, and gives the same numbers to the bit.

use tch::Tensor;

use super::decoder::Decoder;
use super::segments::Segments;

/// What is kept between the pass forward and the one back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activations {
    /// Everything.
    #[default]
    Kept,
    /// The inputs of the blocks.
    Recomputed,
}

/// A pass forward.
#[derive(Debug)]
pub struct Forward<'a> {
    model: &'a Decoder,
    ids: Tensor,
    segments: &'a Segments,
    hidden: Tensor,
    rest: Rest,
}

/// What leads from the cut back to the parameters.
#[derive(Debug)]
enum Rest {
    /// The tensor before the cut, with its graph.
    Graph(Tensor),
    /// The inputs of the blocks, and last that of the final norm.
    Inputs(Vec<Tensor>),
}

impl Decoder {
    /// Computes packed texts, `[tokens]` ids.
    pub fn forward<'a>(
        &'a self,
        ids: &Tensor,
        segments: &'a Segments,
        activations: Activations,
    ) -> Forward<'a> {
        let (hidden, rest) = match activations {
            Activations::Kept => {
                let hidden = self.hidden(ids, segments);
                (leaf(&hidden), Rest::Graph(hidden))
            }
            Activations::Recomputed => tch::no_grad(|| {
                let rotation = self.rotation(&segments.positions());
                let mut inputs = vec![self.embed(ids)];
                for block in self.blocks() {
                    let input = inputs.last().expect("begins with one");
                    inputs.push(block.forward(input, &rotation, &mut &*segments));
                }
                let hidden = self.final_norm(inputs.last().expect("begins with one"));
                (leaf(&hidden), Rest::Inputs(inputs))
            }),
        };
        Forward { model: self, ids: ids.shallow_clone(), segments, hidden, rest }
    }
}

impl Forward<'_> {
    /// What the model says about each token, `[tokens, hidden]`: a leaf that gathers a gradient.
    pub fn hidden(&self) -> &Tensor {
        &self.hidden
    }

    /// Adds the gradient that was left at [`Forward::hidden`] to those of the parameters.
    pub fn backward(self) {
        let gradient = self.hidden.grad();
        if !gradient.defined() {
            return;
        }
        let mut inputs = match self.rest {
            Rest::Graph(hidden) => return carry(&hidden, &gradient),
            Rest::Inputs(inputs) => inputs,
        };
        let rotation = self.model.rotation(&self.segments.positions());
        let mut back = |gradient: &Tensor, stage: &dyn Fn(&Tensor) -> Tensor| {
            let input = leaf(&inputs.pop().expect("one for every stage"));
            carry(&stage(&input), gradient);
            input.grad()
        };
        let mut gradient = back(&gradient, &|input| self.model.final_norm(input));
        for block in self.model.blocks().iter().rev() {
            let segments = self.segments;
            gradient = back(&gradient, &|input| block.forward(input, &rotation, &mut &*segments));
        }
        let embedded = self.model.embed(&self.ids);
        // Beneath adapters the embedding stays as it is.
        if embedded.requires_grad() {
            carry(&embedded, &gradient);
        }
    }
}

fn leaf(tensor: &Tensor) -> Tensor {
    tensor.detach().set_requires_grad(true)
}

/// Backpropagates `gradient` from `output`: the derivative of their product by `output` is it.
fn carry(output: &Tensor, gradient: &Tensor) {
    (output * gradient).sum(gradient.kind()).backward();
}
