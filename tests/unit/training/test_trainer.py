"""A step's loss is its tokens' mean however they are laid out, and equal runs give equal bits."""

from __future__ import annotations

import itertools

import pytest

from tasks.base_model import load_model
from tasks.documents import IGNORE_INDEX, Document
from tasks.errors import TrainingError
from tasks.likelihood import document_likelihood
from tasks.output_head import split_at_head
from tasks.tokenized import read_tokens, write_tokens
from tasks.training import live_samples, optimizer, session, step, trainer
from tasks.training.adapters import make_trainable
from tasks.training.config import EarlyStopping, FreezeSettings, LoraSettings, TrainingConfig
from tasks.training.model_flops import model_flops

LENGTHS = [12, 5, 30, 8, 19, 3, 25, 14, 9, 22, 6, 17]
METHODS = {
    "lora": {"method": "lora", "lora": LoraSettings(rank=4)},
    "frozen": {"method": "frozen", "freeze": FreezeSettings(first_blocks=1, embeddings=True)},
    "full": {"method": "full"},
}


def settings(method="full", **changes) -> TrainingConfig:
    values = {"learning_rate": 1e-3, "epochs": 2, "batch_size": 4, "precision": "float32"}
    return TrainingConfig(**{**METHODS[method], **values, **changes})


@pytest.fixture
def make_tokens(tmp_path, random_documents):
    numbers = itertools.count()

    def make(packing=True):
        folder = tmp_path / f"tokens{next(numbers)}"
        folder.mkdir()
        train, holdout = random_documents(LENGTHS), random_documents(LENGTHS[:5], seed=1)
        splits = {
            "train": ([f"t{number}" for number in range(len(train))], train),
            "holdout": ([f"h{number}" for number in range(len(holdout))], holdout),
        }
        write_tokens(folder, splits, {"pad_id": 0, "packing": packing})
        return read_tokens(folder)

    return make


@pytest.fixture
def run(tiny_base, make_tokens):
    """Trains the tiny base as the stage does; returns the model and the curve."""
    import torch

    def run(config, packing=True, report=lambda done, total, **measures: None):
        torch.manual_seed(config.seed)
        model = make_trainable(load_model(tiny_base), config)
        curve, _ = trainer.train(model, make_tokens(packing), config, report)
        return model, curve

    return run


def losses(curve):
    return [point["nll"] for point in curve.train]


@pytest.mark.parametrize("method", METHODS)
def test_frozen_parameters_keep_their_bits_and_all_others_move(run, tiny_base, method):
    import torch

    config = settings(method)
    torch.manual_seed(config.seed)
    before = make_trainable(load_model(tiny_base), config).state_dict()
    model, _ = run(config)
    trained = {name for name, parameter in model.named_parameters() if parameter.requires_grad}
    assert trained
    assert len(trained) < len(before) or method == "full"
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, before[name]) is (name not in trained), name


@pytest.mark.parametrize("method", METHODS)
def test_equal_runs_give_equal_bits(run, method):
    import torch

    (one, first), (two, second) = run(settings(method)), run(settings(method))
    assert first == second
    assert all(torch.equal(tensor, two.state_dict()[name]) for name, tensor in one.state_dict().items())


def test_dropout_is_the_seeds_whatever_was_drawn_before(tiny_base, make_tokens):
    import torch

    config = settings("lora", lora=LoraSettings(rank=4, dropout=0.3))

    def losses_after(draws):
        torch.manual_seed(config.seed)
        model = make_trainable(load_model(tiny_base), config)
        torch.rand(draws)
        return losses(trainer.train(model, make_tokens(), config, lambda done, total, **measures: None)[0])

    assert losses_after(0) == losses_after(7)


def test_dropout_is_in_force_while_training(run):
    plain, dropping = (settings("lora", lora=LoraSettings(rank=4, dropout=dropout)) for dropout in (0.0, 0.3))
    assert losses(run(plain)[1]) != losses(run(dropping)[1])


def test_another_seed_gives_another_run(run):
    assert losses(run(settings(seed=1))[1]) != losses(run(settings(seed=2))[1])


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_training_in_half_precision_keeps_the_weights_in_float32(run, precision):
    import torch

    for method in ("lora", "full"):
        model, curve = run(settings(method, precision=precision, epochs=1))
        assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
        assert losses(curve) == pytest.approx(losses(run(settings(method, epochs=1))[1]), rel=0.02)


def test_training_learns_the_rows(run):
    _, curve = run(settings(epochs=10, learning_rate=1e-2))
    assert losses(curve)[-1] < losses(curve)[0] - 0.5


@pytest.mark.parametrize("method", METHODS)
def test_packing_does_not_change_the_curve(run, method):
    """Six steps of Adam from the same start: only the arithmetic's order differs."""
    (_, packed), (_, plain) = run(settings(method), packing=True), run(settings(method), packing=False)
    assert losses(packed) == pytest.approx(losses(plain), abs=1e-4)
    assert [p["nll"] for p in packed.holdout] == pytest.approx([p["nll"] for p in plain.holdout], abs=1e-4)
    assert packed.supervised_tokens == plain.supervised_tokens


@pytest.mark.parametrize("packing", [True, False])
@pytest.mark.parametrize("tokens", [1, 40, 100])
def test_the_micro_batch_changes_neither_loss_nor_gradients(make_model, random_documents, packing, tokens):
    documents = random_documents(LENGTHS * 4)  # 680 tokens: more than one packed row of 512

    def gradients_within(limit):
        model = make_model("GPT2")
        facts = {"pad_id": 0, "packing": packing}
        loss = step.add_gradients(model, split_at_head(model), documents, facts, "float32", step.Counts(), limit)
        return loss, {name: parameter.grad for name, parameter in model.named_parameters()}

    loss, gradients = gradients_within(10**6)
    other_loss, other_gradients = gradients_within(tokens)
    assert other_loss == pytest.approx(loss, abs=1e-6)
    for name, gradient in gradients.items():
        assert float((gradient - other_gradients[name]).abs().max()) < 1e-6, name


def test_a_steps_loss_is_the_mean_over_its_supervised_tokens(make_model, random_documents):
    """Not the mean of the documents' means, nor of the micro-batches'."""
    documents = random_documents([30, 3])
    documents.append(Document(documents[0].input_ids, [IGNORE_INDEX] * 25 + list(documents[0].labels[25:])))
    model = make_model("GPT2")
    expected = document_likelihood(model, documents, 0)
    assert int(expected.num_tokens.sum()) == 29 + 2 + 5
    for packing in (True, False):
        facts = {"pad_id": 0, "packing": packing}
        loss = step.add_gradients(model, split_at_head(model), documents, facts, "float32", step.Counts())
        assert loss == pytest.approx(expected.nll, abs=1e-5)


def test_micro_batches_hold_every_row_and_stay_below_the_limit():
    rows = [[index] for index in range(len(LENGTHS))]
    dealt = step.micro_batches(rows, LENGTHS, 50)
    assert [row for batch in dealt for row in batch] == rows
    assert len(dealt) > 3
    assert all(len(batch) * max(LENGTHS[row[0]] for row in batch) <= 50 for batch in dealt)
    assert step.micro_batches([[2]], [0, 0, 500], 50) == [[[2]]]  # a row beyond the limit is computed alone


def test_the_curve_tells_every_step_and_every_epoch(run):
    told = []
    _, curve = run(
        settings(epochs=2.5, warmup_fraction=0.2), report=lambda done, total, **m: told.append((done, total, m))
    )
    # 12 rows in batches of 4: 3 steps an epoch, 8 for two and a half
    assert [point["step"] for point in curve.train] == list(range(8))
    assert [point["epoch"] for point in curve.train] == [step / 3 for step in range(8)]
    assert [point["step"] for point in curve.holdout] == [0, 3, 6, 8]
    steps = [(done, total, found["loss"]) for done, total, found in told if "loss" in found]
    assert steps == [(step + 1, 8, nll) for step, nll in enumerate(losses(curve))]
    rates = [point["learning_rate"] for point in curve.train]
    assert max(rates) == pytest.approx(1e-3)
    assert rates[0] == pytest.approx(1e-3 / 2)  # two steps of warmup
    # two whole epochs, and two batches of the third
    assert curve.supervised_tokens > 2 * (sum(LENGTHS) - len(LENGTHS))


def test_the_first_point_of_the_curve_is_the_base(run, tiny_base, make_tokens):
    _, curve = run(settings(epochs=1))
    expected = document_likelihood(load_model(tiny_base), make_tokens().holdout[:], 0).nll
    assert curve.holdout[0]["nll"] == pytest.approx(expected, abs=1e-6)


def test_padding_is_counted_as_it_is_computed(run):
    _, packed = run(settings(batch_size=12, epochs=1))
    assert packed.padding_fraction == 0  # 170 tokens: one row
    _, plain = run(settings(batch_size=12, epochs=1), packing=False)
    assert plain.padding_fraction == pytest.approx(1 - sum(LENGTHS) / (len(LENGTHS) * max(LENGTHS)), abs=1e-6)


def test_a_loss_that_is_no_number_stops_training_with_a_way_out(run):
    with pytest.raises(TrainingError, match=r"(?s)loss of .* became (nan|inf).*use training\.learning_rate=2.0e-01"):
        run(settings(learning_rate=1.0, max_grad_norm=1e30, epochs=1000, warmup_fraction=0, weight_decay=1e9))


def test_gradients_in_float16_are_those_of_a_scaled_loss(make_model, random_documents):
    documents, model = random_documents(LENGTHS), make_model("GPT2")
    facts, scaler = {"pad_id": 0, "packing": True}, optimizer.loss_scaler("cpu", "float16")
    found = {}
    for precision, used in (("float32", None), ("float16", scaler)):
        model.zero_grad(set_to_none=True)
        step.add_gradients(
            model, split_at_head(model), documents, facts, precision, step.Counts(), step.MICRO_BATCH_TOKENS, used
        )
        found[precision] = model.transformer.h[0].attn.c_attn.weight.grad
    assert scaler.get_scale() == 2**16
    apart = (found["float16"] / 2**16 - found["float32"]).norm() / found["float32"].norm()
    assert float(apart) < 0.02


def test_a_step_whose_gradients_overflow_is_left_out(run, tiny_base, monkeypatch):
    import torch

    before = load_model(tiny_base).state_dict()
    for scale, stays in ((2.0**120, True), (2.0**10, False)):
        scaler = torch.amp.GradScaler("cpu", init_scale=scale)
        monkeypatch.setattr(session, "loss_scaler", lambda *_, scaler=scaler: scaler)
        model, curve = run(settings(precision="float16", max_steps=3))
        assert len(curve.train) == 3
        assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items()) is stays
    assert scaler.get_scale() == scale


@pytest.mark.parametrize(("asked", "chosen"), [("float32", "float32"), ("bfloat16", "bfloat16"), ("auto", "float32")])
def test_precision_is_chosen_by_rule(make_model, asked, chosen):
    """A model 32 wide gains nothing from bfloat16."""
    assert step.choose_precision(make_model("GPT2"), settings(precision=asked)) == chosen


def test_gradient_checkpointing_changes_no_bit(run):
    import torch

    for method in ("lora", "full"):
        (one, first), (two, second) = run(settings(method)), run(settings(method, gradient_checkpointing=True))
        assert first == second
        assert all(torch.equal(tensor, two.state_dict()[name]) for name, tensor in one.state_dict().items())


def test_adams_settings_are_used(run):
    plain = losses(run(settings())[1])
    assert losses(run(settings(adam_betas=(0.5, 0.9)))[1]) != plain
    assert losses(run(settings(adam_epsilon=1e-2))[1]) != plain


def test_steps_end_the_run_and_the_schedule(run):
    _, curve = run(settings(epochs=10, max_steps=4, warmup_fraction=0.0, schedule="linear"))
    assert [point["learning_rate"] for point in curve.train] == pytest.approx([1e-3, 7.5e-4, 5e-4, 2.5e-4])
    assert [point["step"] for point in curve.holdout] == [0, 3, 4]


def test_the_held_out_loss_is_measured_at_the_interval(run):
    _, curve = run(settings(evaluate_every=2, epochs=2))
    assert [point["step"] for point in curve.holdout] == [0, 2, 4, 6]


def test_a_time_budget_ends_the_run_in_time(tiny_base, make_tokens):
    """The clock tells a second each time it is asked."""
    config = settings("full", epochs=1000, max_minutes=1, schedule="linear")
    seconds = itertools.count()
    model = make_trainable(load_model(tiny_base), config)
    curve, _ = trainer.train(
        model, make_tokens(), config, lambda done, total, **m: None, clock=lambda: float(next(seconds))
    )
    assert next(seconds) <= 63  # two more looks after the last step
    assert curve.ended_by == "max_minutes"
    assert 5 < len(curve.train) < 60
    assert curve.train[-1]["learning_rate"] < 0.2 * 1e-3
    assert curve.holdout[-1]["step"] == len(curve.train)


def test_early_stopping_keeps_the_best_weights(run, tiny_base, make_tokens):
    """Random held-out rows can't be learned: after a while the loss on them rises."""
    config = settings(epochs=200, learning_rate=3e-2, early_stopping=EarlyStopping(patience=2), evaluate_every=1)
    model, curve = run(config)
    measured = [point["nll"] for point in curve.holdout]
    assert curve.ended_by == "early_stopping"
    assert len(curve.train) < 200 * 3
    assert curve.kept_step == measured.index(min(measured))
    assert measured.index(min(measured)) == len(measured) - 3
    assert document_likelihood(model.eval(), make_tokens().holdout[:], 0).nll == pytest.approx(min(measured), abs=1e-6)


def test_what_is_told_on_the_way_is_the_curve(run):
    told = []
    _, curve = run(settings(evaluate_every=2), report=lambda done, total, **found: told.append((done, total, found)))
    steps = [(done, found) for done, _, found in told if "loss" in found]
    assert [done for done, _ in steps] == list(range(1, len(curve.train) + 1))
    assert [(found["loss"], found["learning_rate"]) for _, found in steps] == [
        (point["nll"], point["learning_rate"]) for point in curve.train
    ]
    assert all(found["tokens_per_second"] > 0 and found["seconds_left"] >= 0 for _, found in steps)
    assert steps[-1][1]["seconds_left"] == 0
    measured = [(done, found["holdout_nll"]) for done, _, found in told if "holdout_nll" in found]
    assert measured == [(point["step"], point["nll"]) for point in curve.holdout]
    assert {total for _, total, _ in told} == {len(curve.train)}


@pytest.mark.parametrize("method", METHODS)
def test_samples_on_the_way_change_no_bit_of_what_is_trained(
    tiny_base, make_tokens, tiny_tokenizer, monkeypatch, method
):
    import torch

    monkeypatch.setattr(live_samples, "MAX_SHARE", 1e6)
    lora = {"lora": LoraSettings(rank=4, dropout=0.3)} if method == "lora" else {}
    config = settings(method, evaluate_every=2, **lora)

    def trained(tokenizer):
        torch.manual_seed(config.seed)
        model = make_trainable(load_model(tiny_base), config)
        curve, _ = trainer.train(model, make_tokens(), config, lambda *_, **__: None, tokenizer=tokenizer)
        return model.state_dict(), curve

    (plain, without), (sampled, with_samples) = trained(None), trained(tiny_tokenizer)
    assert all(torch.equal(tensor, plain[name]) for name, tensor in sampled.items())
    assert without.train == with_samples.train
    assert [len(point["samples"]) for point in with_samples.holdout] == [3] * len(without.holdout)
    assert not any("samples" in point for point in without.holdout)


def test_the_share_of_a_peak_is_told_and_kept(tiny_base, make_tokens):
    """On a machine of one operation a second the share is the rate: what the formula counts, over the seconds."""
    config, tokens, told = settings(epochs=1), make_tokens(), []
    model = make_trainable(load_model(tiny_base), config)
    _, cost = trainer.train(model, tokens, config, lambda done, total, **found: told.append(found), peak=1.0)
    work = model_flops(model).of(tokens.train)
    assert cost.peak_share * cost.seconds == pytest.approx(work, rel=0.15)  # seconds are rounded
    assert all(found["peak_share"] > 0 for found in told if "loss" in found)
