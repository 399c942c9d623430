"""The shapes of the inventory's grid, as themes, settings and saved layouts of DevExpress make them."""

# Of each group a grid has one at most; of the last one any.
PAGING = {
    "endless": "no pager, GotoPage does nothing, NextPage and scrolling append rows",
    "endless-told": "as endless, with a pager's summary, and one page only as far as the client object tells",
    "virtual": "no pager, rows and headers in tables of their own",
    "postback": "callbacks are off: a page turn loads the page",
    "swallow": "the callback for the second page ends without any event",
    "dropped": "nothing is asked for when the second page is wanted",
    "alert": "an alert comes in place of the second page",
    "login-inside": "the session ends at the first page turn, the login form comes as the grid's content",
    "login-error": "the session ends at the first page turn, CallbackError carries the login page",
    "all": "the page size is All: page index -1",
}
FILTERS = {
    "search-panel": "the saved filter is a text in the search panel, which no bar shows",
    "filter-row": "the saved filter stands in a box of the filter row, which no bar shows",
    "filter-stays": "as filter-row, and nothing takes it off",
}
GROUPS = {
    "grouped": "rows are grouped by their make, groups are open",
    "collapsed": "rows are grouped by their make, groups are closed until ExpandAll",
    "collapsed-stays": "as collapsed, but nothing opens them",
}
CLIENTS = {
    "late-client": "the client object comes 1.5 s after the page",
    "other-client": "the client object has another name than the grid, window.vehicleGridView is the element",
}
OTHERS = {
    "vertical": "headers in a table of their own, rows scroll",
    "horizontal": "an extra cell at the end of each row",
    "theme": "every class has the theme's name at its end, the first row is the focused one",
    "second-grid": "grids of a look-up and of recently viewed vehicles on the page",
    "bands": "headers in bands over two rows",
    "detail": "an open detail row with a grid of its own on each page",
    "language": "the pager's summary in another language",
    "padded": "the last page is filled up with empty rows",
}
SHAPES = PAGING | FILTERS | GROUPS | CLIENTS | OTHERS
SAVED = "1655"  # the filter that shapes of filters need, when none is saved
