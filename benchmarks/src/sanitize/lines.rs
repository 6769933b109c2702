//! A text by its lines, as EvalPlus counts them.

use super::is_python_space;

/// A text with the places of its lines. Lines are numbered from 0.
pub(super) struct Lines<'t> {
    text: &'t str,
    /// Where each line starts.
    starts: Vec<usize>,
    /// How many lines before each line, and in all, are not blank.
    nonblank_before: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut starts = Vec::new();
        let mut nonblank_before = vec![0];
        let mut offset = 0;
        let mut nonblank = 0;
        for line in text.split('\n') {
            starts.push(offset);
            offset += line.len() + 1;
            nonblank += usize::from(!line.chars().all(is_python_space));
            nonblank_before.push(nonblank);
        }
        Self { text, starts, nonblank_before }
    }

    pub(super) fn count(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn last(&self) -> usize {
        self.count() - 1
    }

    /// Lines `first` to `last`, both included, without the final line break.
    pub(super) fn text(&self, first: usize, last: usize) -> &'t str {
        let end = self.starts.get(last + 1).map_or(self.text.len(), |next| next - 1);
        &self.text[self.starts[first]..end]
    }

    pub(super) fn start(&self, line: usize) -> usize {
        self.starts[line]
    }

    pub(super) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset) - 1
    }

    pub(super) fn nonblank(&self, first: usize, last: usize) -> usize {
        self.nonblank_before[last + 1] - self.nonblank_before[first]
    }

    fn is_blank(&self, line: usize) -> bool {
        self.nonblank(line, line) == 0
    }

    /// Whether `line` is blank, a comment or starts in the first column: what is indented without
    /// reason is not Python.
    pub(super) fn may_start_a_module(&self, line: usize) -> bool {
        let text = self.text(line, line);
        let is_indented = text.starts_with([' ', '\t']);
        !is_indented || self.is_blank(line) || text.trim_start().starts_with('#')
    }

    /// The last line of a window from `first` that ends before line `next`, without blank lines at
    /// its end unless it takes one to have two lines.
    pub(super) fn window_end(&self, first: usize, next: usize) -> Option<usize> {
        let last = (first..next).rev().find(|line| !self.is_blank(*line))?;
        match last > first {
            true => Some(last),
            false => (first < self.last() && self.is_blank(first + 1)).then_some(first + 1),
        }
    }
}
