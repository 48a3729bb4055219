for (const browser of document.querySelectorAll(".browser")) {
  const tools = browser.querySelector(".tools"), found = browser.querySelector(".found");
  const word = tools.querySelector("input"), choices = [...tools.querySelectorAll("select")];
  const entries = [...browser.querySelectorAll("details")].map((node) => ({
    node, facets: JSON.parse(node.dataset.facets), text: node.textContent.toLowerCase(),
  }));
  const show = () => {
    const wanted = word.value.toLowerCase().split(/\s+/).filter(Boolean);
    let number = 0;
    for (const entry of entries) {
      const shown = wanted.every((each) => entry.text.includes(each))
        && choices.every((choice, place) => !choice.value || choice.value === entry.facets[place]);
      entry.node.hidden = !shown;
      number += shown;
    }
    found.textContent = `${number} of ${entries.length} entries`;
  };
  tools.hidden = false;
  tools.addEventListener("input", show);
}
