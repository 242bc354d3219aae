using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Orchestrator.Results.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo.Http;

/// <summary>The answer to a name that nothing has, with where it was looked for, or that several have, with their ids.</summary>
internal sealed class Unfound(SweepDirectory directory, ControlPlanePlace place)
{
    private const int MostShown = 10;

    public async Task<ProblemHttpResult> Sweep(string id, CancellationToken cancellation) => await directory.Like(id, cancellation) switch
    {
        { Count: > 1 } several => Ambiguous(id, "sweeps", [.. several.Take(MostShown).Select(Describe)], several.Count > MostShown),
        _ when id == "last" => None($"There is no sweep yet in {place.Name}. Start one with 'orchestrator sweep submit FILE'.", "No such sweep"),
        _ => None($"'{id}' is no sweep in {place.Name}. List them with 'orchestrator sweep list'; a unique beginning of the id will do, and 'last' names the newest.", "No such sweep"),
    };

    public async Task<ProblemHttpResult> Run(string id, CancellationToken cancellation) => await directory.RunsLike(id, MostShown + 1, cancellation) switch
    {
        { Count: > 1 } several => Ambiguous(id, "runs", [.. several.Take(MostShown)], several.Count > MostShown),
        _ => None($"'{id}' is no run in {place.Name}. List a sweep's runs with 'orchestrator run list SWEEP'.", "No such run"),
    };

    public ProblemHttpResult Head(string run, int layer, int head) => None($"Run {run} has no measured head {layer}.{head} in {place.Name}.", "No such head");

    private static ProblemHttpResult None(string detail, string title) => TypedResults.Problem(detail, statusCode: StatusCodes.Status404NotFound, title: title);

    private static ProblemHttpResult Ambiguous(string id, string what, string[] candidates, bool more) => TypedResults.Problem(
        $"'{id}' may be any of several {what}: {string.Join(", ", candidates)}{(more ? ", …" : "")}. Give more of the id.",
        statusCode: StatusCodes.Status409Conflict, title: "Not a unique name");

    private static string Describe(SweepRow sweep) =>
        string.Create(CultureInfo.InvariantCulture, $"{sweep.Id} ({sweep.Name}, {sweep.Created.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ})");
}
