"""What a data set is, as one page to look at: ``findings`` gathers it, ``page`` lays it out.

``journalled`` reads what a run's journal knows beside the rows. The page's template comes with the
extra ``export``.
"""
