//! The README and the pages of `docs/`, whose code is compiled and run with the doc tests.

/// A page a line, each a module of its own, so that a failing test tells where it stands.
macro_rules! pages {
    ($($name:ident: $path:literal,)*) => {
        $(
            #[doc = include_str!(concat!("../../../", $path))]
            mod $name {}
        )*
    };
}

pages! {
    readme: "README.md",
    arrow: "docs/arrow.md",
    cuda: "docs/cuda.md",
    datasets: "docs/datasets.md",
    errors: "docs/errors.md",
    forms_and_buffers: "docs/forms-and-buffers.md",
    keys: "docs/keys.md",
    lazy: "docs/lazy.md",
    performance: "docs/performance.md",
    security: "docs/security.md",
    storage: "docs/storage.md",
}
