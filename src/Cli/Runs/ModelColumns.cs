using System.Globalization;
using Orchestrator.Contracts.Runs;
using Orchestrator.Reports.Text;

namespace Orchestrator.Cli.Runs;

/// <summary>How a kind of model and its data are told to people: what is worth a column, and what fits on a line.</summary>
internal static class ModelColumns
{
    /// <summary>Headings and values of what decides a run's size, kind by kind.</summary>
    public static IReadOnlyList<(string Heading, string Value)> Of(RunConfiguration run) => (run.Model, run.Data) switch
    {
        (ModelConfiguration model, DataConfiguration data) =>
        [
            ("layers", Format.Whole(model.Layers)), ("heads", Format.Whole(model.Heads)), ("d_model", Format.Whole(model.DModel)),
            ("context", Format.Whole(model.NCtx)), ("vocabulary", Format.Whole(data.Vocab)),
        ],
        (ReluToy model, SparseFeatures data) =>
        [
            ("features", Format.Whole(model.Features)), ("hidden", Format.Whole(model.Hidden)), ("relu", model.Relu ? "yes" : "no"),
            ("importance", Number(model.Importance)), ("sparsity", Number(data.Sparsity)),
        ],
        _ => [("model", Line(run.Model))],
    };

    /// <summary>A model on half a line.</summary>
    public static string Line(Architecture model) => model switch
    {
        ModelConfiguration transformer => $"{transformer.Layers} x {transformer.Heads} heads, d {transformer.DModel}",
        ReluToy toy => $"{toy.Features} features in {toy.Hidden}{(toy.Relu ? "" : ", linear")}",
        _ => model.GetType().Name,
    };

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
