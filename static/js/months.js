// A chart of more months than there is room for begins with the newest in sight.
for (const bars of document.querySelectorAll(".months-long .months-bars")) bars.scrollLeft = bars.scrollWidth;
