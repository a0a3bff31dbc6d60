const filter = document.getElementById("filter");
const show = () => {
  const wanted = filter.value.toLowerCase();
  for (const row of document.querySelectorAll("#columns tbody tr")) {
    row.hidden = !row.dataset.column.toLowerCase().includes(wanted);
  }
};
filter.addEventListener("input", show);
// report.html#muon shows the columns of muons.
const named = () => {
  filter.value = decodeURIComponent(location.hash.slice(1));
  show();
};
addEventListener("hashchange", named);
if (location.hash) named();
