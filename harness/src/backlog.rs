//! What waits to be judged, and in which order.
//!
//! A few tasks take as long as hundreds of others: one of MBPP+ half of what all of them do. Whoever comes upon
//! such a task last waits for it with all other processors idle. So what takes longest comes first,
//! as far as that is known: from what the task's reference took, which is looked up or run before any answer to
//! it. Everything else keeps its order.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

/// Answers that wait, each for a task.
#[derive(Debug)]
pub(crate) struct Backlog<T> {
    /// How long an answer to each task is expected to take, as far as was found out.
    known: HashMap<String, Duration>,
    /// Tasks of which that is still to be found out, in the order in which answers to them came.
    unknown: VecDeque<String>,
    /// What waits for that.
    parked: HashMap<String, Vec<(usize, T)>>,
    /// What can be judged: longest first, then in the order in which it came.
    ready: BTreeMap<(Reverse<Duration>, usize), T>,
    came: usize,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    /// Find out how long answers to this task take, and say so to [`Backlog::learn`].
    Estimate(String),
    /// Judge this.
    Judge(T),
}

impl<T> Default for Backlog<T> {
    fn default() -> Self {
        Self {
            known: HashMap::new(),
            unknown: VecDeque::new(),
            parked: HashMap::new(),
            ready: BTreeMap::new(),
            came: 0,
        }
    }
}

impl<T> Backlog<T> {
    /// Let an answer to `task` wait, which may be one whose time can be found out.
    pub(crate) fn add(&mut self, task: &str, has_reference: bool, answer: T) {
        self.came += 1;
        let time = if has_reference { self.known.get(task).copied() } else { Some(Duration::ZERO) };
        if let Some(time) = time {
            self.ready.insert((Reverse(time), self.came), answer);
            return;
        }
        let parked = self.parked.entry(task.to_owned()).or_insert_with(|| {
            self.unknown.push_back(task.to_owned());
            Vec::new()
        });
        parked.push((self.came, answer));
    }

    /// What to do next, while there is anything that can be done.
    pub(crate) fn next(&mut self) -> Option<Next<T>> {
        if let Some(task) = self.unknown.pop_front() {
            return Some(Next::Estimate(task));
        }
        self.ready.pop_first().map(|(_, answer)| Next::Judge(answer))
    }

    /// An answer to `task` is expected to take this long.
    pub(crate) fn learn(&mut self, task: String, time: Duration) {
        for (came, answer) in self.parked.remove(&task).into_iter().flatten() {
            self.ready.insert((Reverse(time), came), answer);
        }
        self.known.insert(task, time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_comes_first_and_all_else_in_its_order() {
        let mut backlog = Backlog::default();
        for (task, answer) in [("short", 1), ("long", 2), ("short", 3), ("long", 4)] {
            backlog.add(task, true, answer);
        }
        backlog.add("unmeasured", false, 5);
        assert_eq!(backlog.next(), Some(Next::Estimate("short".to_owned())));
        assert_eq!(backlog.next(), Some(Next::Estimate("long".to_owned())));
        assert_eq!(backlog.next(), Some(Next::Judge(5)), "what is not held up goes on meanwhile");
        assert_eq!(backlog.next(), None);
        backlog.learn("short".to_owned(), Duration::from_secs(1));
        backlog.learn("long".to_owned(), Duration::from_secs(9));
        backlog.add("long", true, 6);
        let order: Vec<_> = std::iter::from_fn(|| backlog.next()).collect();
        assert_eq!(order, [2, 4, 6, 1, 3].map(Next::Judge));
    }
}
