"""`samples.parquet`, as evaluation writes it and validation reads it: what a model wrote after held-out rows' prompts.

sample_id, row_id       the sample, and the held-out row whose prompt was continued
prompt, text            what the model was given, and the continuation
num_tokens, stopped     its new tokens, and whether it ended by itself
adheres                 whether the whole has the recipe's form; null where the form is a column and nothing else
columns.NAME            the form's columns: as the model wrote them, or as the row has them where the prompt gives them;
                        null where the text lacks the form, so that the column couldn't be read back
"""

from __future__ import annotations

import pyarrow as pa

COLUMN = "columns."
"""Before the names of the data's own columns, which may be called as ours are."""


def data_columns(samples: pa.Table) -> dict[str, pa.ChunkedArray]:
    """The form's columns by their own names."""
    return {name.removeprefix(COLUMN): samples[name] for name in samples.column_names if name.startswith(COLUMN)}
