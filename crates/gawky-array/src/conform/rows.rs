//! [`Rows`]: rows of arrays, in runs, which are what a layout is built of.
//!
//! Whatever an array is made of (indexes, options, unions, lists in any order), what it says is a sequence of
//! rows of some plainer arrays. Peeling a layer makes it so: the rows of an index are rows of its content. Rows
//! that follow one another are one run, so that an array which is taken whole is one run, however long.

use gawky_form::Parameters;

use crate::index::{IndexElement, with_integers};
use crate::node::indexed::of_no_categories;
use crate::node::{as_rows, reserved};
use crate::{Array, Index, Problem};

use super::misfit::Fitting;

/// Where rows come from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Origin<'a> {
    Array(&'a Array),
    /// Rows that are missing.
    Missing,
    /// Rows that nobody sees, as they are below a mask: any value will do.
    Filler,
}

/// Where rows come from, and the metadata of the layers that were peeled off above it.
#[derive(Clone, Debug)]
pub(super) struct Source<'a> {
    pub(super) origin: Origin<'a>,
    /// Of indexes, which pass theirs on to what they pick from.
    pub(super) above: Parameters,
    /// Of unions, if there were any.
    pub(super) union: Option<Parameters>,
    /// Of options, if there were any that have not been compared yet.
    pub(super) option: Option<Parameters>,
}

/// Rows of one source that follow one another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) source: usize,
    pub(super) start: usize,
    pub(super) len: usize,
}

/// Rows of arrays, in runs. Every source has a row.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows<'a> {
    sources: Vec<Source<'a>>,
    runs: Vec<Run>,
    len: usize,
}

/// What peeling does with options.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Options {
    /// Notes their metadata, to be compared with those of an option.
    Compared,
    /// Passes their metadata on to what they contain.
    PassedOn,
}

/// `own`, and `above`, which wins: what an index passes on to its content.
pub(super) fn united(own: &Parameters, above: &Parameters) -> Parameters {
    if above.is_empty() {
        own.clone()
    } else {
        own.union(above)
    }
}

impl<'a> Source<'a> {
    pub(super) fn plain(origin: Origin<'a>) -> Self {
        Self {
            origin,
            above: Parameters::none(),
            union: None,
            option: None,
        }
    }

    pub(super) fn array(&self) -> Option<&'a Array> {
        match self.origin {
            Origin::Array(array) => Some(array),
            Origin::Missing | Origin::Filler => None,
        }
    }

    /// Whether no metadata were peeled off above.
    pub(super) fn is_bare(&self) -> bool {
        self.above.is_empty() && self.union.is_none() && self.option.is_none()
    }

    /// The metadata of the node itself, with all that was peeled off above.
    pub(super) fn parameters(&self) -> Parameters {
        let Some(array) = self.array() else {
            return Parameters::none();
        };
        let own = united(array.parameters(), &self.above);
        let own = match &self.union {
            Some(union) => united(&own, union),
            None => own,
        };
        match &self.option {
            Some(option) => united(&own, option),
            None => own,
        }
    }
}

impl<'a> Rows<'a> {
    /// All rows of an array.
    pub(super) fn of(array: &'a Array) -> Result<Self, Problem> {
        let mut rows = Self::default();
        if !array.is_empty() {
            let source = rows.source(Source::plain(Origin::Array(array)));
            rows.push(source, 0, array.len())?;
        }
        Ok(rows)
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub(super) fn sources(&self) -> &[Source<'a>] {
        &self.sources
    }

    pub(super) fn sources_mut(&mut self) -> &mut [Source<'a>] {
        &mut self.sources
    }

    /// Where the rows of a run come from.
    pub(super) fn origin(&self, run: Run) -> Origin<'a> {
        self.sources
            .get(run.source)
            .map_or(Origin::Missing, |source| source.origin)
    }

    /// The source and the rows, if all rows follow one another in one array.
    pub(super) fn whole(&self) -> Option<(&Source<'a>, &'a Array, Run)> {
        let [run] = self.runs.as_slice() else {
            return None;
        };
        let source = self.sources.get(run.source)?;
        Some((source, source.array()?, *run))
    }

    /// Runs, each with the place of its first row among these rows.
    pub(super) fn placed(&self) -> impl Iterator<Item = (usize, Run)> {
        let mut next = 0;
        self.runs.iter().map(move |run| {
            let place = next;
            next += run.len;
            (place, *run)
        })
    }

    /// Adds a source, of which rows are pushed next.
    pub(super) fn source(&mut self, source: Source<'a>) -> usize {
        self.sources.push(source);
        self.sources.len() - 1
    }

    /// The place of a source that is made where there is none yet.
    pub(super) fn source_once(
        &mut self,
        known: &mut Option<usize>,
        make: impl FnOnce() -> Source<'a>,
    ) -> usize {
        *known.get_or_insert_with(|| self.source(make()))
    }

    /// Adds rows of a source.
    pub(super) fn push(&mut self, source: usize, start: usize, len: usize) -> Result<(), Problem> {
        if len == 0 {
            return Ok(());
        }
        self.len = self.len.checked_add(len).ok_or(Problem::TooLarge {
            what: "elements",
            length: as_rows(self.len),
        })?;
        let is_array = matches!(
            self.sources.get(source).map(|source| source.origin),
            Some(Origin::Array(_))
        );
        // What is missing is missing, whichever row it is.
        let start = if is_array { start } else { 0 };
        if let Some(last) = self.runs.last_mut()
            && last.source == source
            && (!is_array || last.start.checked_add(last.len) == Some(start))
        {
            last.len += len;
            return Ok(());
        }
        if self.runs.len() == self.runs.capacity() {
            self.runs.try_reserve(1).map_err(|_| Problem::OutOfMemory {
                elements: as_rows(self.runs.len()),
            })?;
        }
        self.runs.push(Run { source, start, len });
        Ok(())
    }

    /// Adds all rows of another sequence.
    pub(super) fn append(&mut self, other: &Self) -> Result<(), Problem> {
        let base = self.sources.len();
        self.sources.extend(other.sources.iter().cloned());
        for run in &other.runs {
            self.push(base + run.source, run.start, run.len)?;
        }
        Ok(())
    }

    /// The same rows without the layers that are to be peeled off.
    pub(super) fn peel(
        mut self,
        options: Options,
        is_peeled: impl Fn(&Source<'a>, &Array) -> bool,
    ) -> Fitting<Self> {
        loop {
            let peels: Vec<bool> = self
                .sources
                .iter()
                .map(|source| {
                    source
                        .array()
                        .is_some_and(|array| is_layer(array) && is_peeled(source, array))
                })
                .collect();
            if !peels.contains(&true) {
                return Ok(self);
            }
            self = self.peeled_once(options, &peels)?;
        }
    }

    fn peeled_once(self, options: Options, peels: &[bool]) -> Fitting<Self> {
        let mut next = Self::default();
        let mut below: Vec<Below> = vec![Below::default(); self.sources.len()];
        for run in &self.runs {
            let (Some(source), Some(below)) =
                (self.sources.get(run.source), below.get_mut(run.source))
            else {
                continue;
            };
            match source.array() {
                Some(array) if peels.get(run.source) == Some(&true) => {
                    let peel = Peel { source, options };
                    peel.run(&mut next, below, array, *run)?;
                }
                _ => {
                    let kept = next.source_once(&mut below.itself, || source.clone());
                    next.push(kept, run.start, run.len)?;
                }
            }
        }
        Ok(next)
    }
}

/// Whether this is a layer that picks from what lies below.
pub(super) fn is_layer(array: &Array) -> bool {
    is_option(array) || matches!(array, Array::Indexed(_) | Array::Union(_))
}

pub(super) fn is_option(array: &Array) -> bool {
    matches!(
        array,
        Array::IndexedOption(_) | Array::ByteMasked(_) | Array::BitMasked(_) | Array::Unmasked(_)
    )
}

/// Whether elements may be missing here, through whatever layers.
pub(super) fn leads_to_option(array: &Array) -> bool {
    match array {
        Array::Indexed(_) | Array::Union(_) => array.children().iter().any(leads_to_option),
        other => is_option(other),
    }
}

/// Whether this is an option, through indexes only.
pub(super) fn is_around_option(array: &Array) -> bool {
    match array {
        Array::Indexed(own) => is_around_option(&own.content),
        other => is_option(other),
    }
}

/// Whether there is a union here, below indexes and options.
pub(super) fn leads_to_union(array: &Array) -> bool {
    match array {
        Array::Union(_) => true,
        other => is_layer(other) && other.children().iter().any(leads_to_union),
    }
}

/// Which sources a source has become.
#[derive(Clone, Debug, Default)]
struct Below {
    itself: Option<usize>,
    missing: Option<usize>,
    children: Vec<Option<usize>>,
}

/// One layer that is peeled off.
struct Peel<'s, 'a> {
    source: &'s Source<'a>,
    options: Options,
}

impl<'a> Peel<'_, 'a> {
    fn run(
        &self,
        next: &mut Rows<'a>,
        below: &mut Below,
        array: &'a Array,
        run: Run,
    ) -> Fitting<()> {
        if below.children.is_empty() {
            below.children = vec![None; array.children().len()];
        }
        match array {
            Array::Indexed(own) => self.picked(next, below, array, &own.index, run),
            Array::IndexedOption(own) => self.picked(next, below, array, &own.index, run),
            Array::ByteMasked(own) => {
                for row in run.start..run.start.saturating_add(run.len) {
                    let is_valid = own.is_valid(row) == Some(true);
                    self.row(next, below, array, row, is_valid)?;
                }
                Ok(())
            }
            Array::BitMasked(own) => {
                for row in run.start..run.start.saturating_add(run.len) {
                    let is_valid = own.is_valid(row) == Some(true);
                    self.row(next, below, array, row, is_valid)?;
                }
                Ok(())
            }
            Array::Union(own) => {
                for row in run.start..run.start.saturating_add(run.len) {
                    let (tag, picked) = own.pick(row).ok_or(Problem::IndexOutOfRange {
                        at: as_rows(row),
                        index: -1,
                        length: as_rows(own.len()),
                    })?;
                    self.child(next, below, array, tag, picked, 1)?;
                }
                Ok(())
            }
            _ => self.child(next, below, array, 0, run.start, run.len),
        }
    }

    fn picked(
        &self,
        next: &mut Rows<'a>,
        below: &mut Below,
        array: &'a Array,
        index: &Index,
        run: Run,
    ) -> Fitting<()> {
        let own = index.slice(run.start..run.start.saturating_add(run.len))?;
        with_integers!(own.view()?, values => {
            for value in values {
                let row = usize::try_from(value.wide()).ok();
                self.row(next, below, array, row.unwrap_or(0), row.is_some())?;
            }
        });
        Ok(())
    }

    fn row(
        &self,
        next: &mut Rows<'a>,
        below: &mut Below,
        array: &'a Array,
        row: usize,
        is_there: bool,
    ) -> Fitting<()> {
        if is_there {
            return self.child(next, below, array, 0, row, 1);
        }
        let missing = next.source_once(&mut below.missing, || Source {
            origin: Origin::Missing,
            ..self.inner(array)
        });
        Ok(next.push(missing, 0, 1)?)
    }

    fn child(
        &self,
        next: &mut Rows<'a>,
        below: &mut Below,
        array: &'a Array,
        position: usize,
        start: usize,
        len: usize,
    ) -> Fitting<()> {
        let (Some(content), Some(known)) = (
            array.children().get(position),
            below.children.get_mut(position),
        ) else {
            return Ok(());
        };
        let child = next.source_once(known, || Source {
            origin: Origin::Array(content),
            ..self.inner(array)
        });
        Ok(next.push(child, start, len)?)
    }

    /// A source below this layer, whose metadata it gets.
    fn inner(&self, array: &Array) -> Source<'a> {
        let mut inner = self.source.clone();
        let own = united(&of_no_categories(array.parameters()), &inner.above);
        if matches!(array, Array::Union(_)) {
            inner.union = Some(match &inner.union {
                Some(outer) => own.union(outer),
                None => own,
            });
            inner.above = Parameters::none();
        } else if is_option(array) && self.options == Options::Compared {
            inner.option = Some(match &inner.option {
                Some(outer) => own.union(outer),
                None => own,
            });
            inner.above = Parameters::none();
        } else {
            inner.above = own;
        }
        inner
    }
}

/// Elements that lie anywhere in their sources, so many from each start, each of them taken once.
pub(super) struct Shared {
    /// Source, start and one past the end of each piece, in order, without overlaps.
    pieces: Vec<(usize, usize, usize)>,
    /// Where each piece begins among the elements.
    begins: Vec<usize>,
}

impl Shared {
    /// The pieces that `spans` (source, start, one past the end) cover together, added to `elements`.
    pub(super) fn new(
        spans: &[(usize, usize, usize)],
        elements: &mut Rows<'_>,
    ) -> Result<Self, Problem> {
        let mut sorted = reserved(spans.len())?;
        sorted.extend_from_slice(spans);
        if !sorted.is_sorted() {
            sorted.sort_unstable();
        }
        let mut pieces: Vec<(usize, usize, usize)> = Vec::new();
        for (source, start, stop) in sorted {
            match pieces.last_mut() {
                Some((last, _, end)) if *last == source && start <= *end => *end = stop.max(*end),
                _ => pieces.push((source, start, stop)),
            }
        }
        let mut begins = reserved(pieces.len())?;
        for (source, start, stop) in &pieces {
            begins.push(elements.len());
            elements.push(*source, *start, stop - start)?;
        }
        Ok(Self { pieces, begins })
    }

    /// Where the row `start` of `source` is among the elements.
    pub(super) fn place(&self, source: usize, start: usize) -> usize {
        let after = self
            .pieces
            .partition_point(|(own, begin, _)| (*own, *begin) <= (source, start));
        let piece = after.saturating_sub(1);
        match (self.pieces.get(piece), self.begins.get(piece)) {
            (Some((_, begin, _)), Some(base)) => base + (start - begin),
            _ => 0,
        }
    }
}
