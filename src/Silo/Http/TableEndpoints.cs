using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Orchestrator.Contracts.Tables;

namespace Orchestrator.Silo.Http;

/// <summary>What can be asked in SQL.</summary>
/// <param name="Tables">The tables with their columns.</param>
/// <param name="Questions">Ten questions that researchers ask.</param>
public sealed record TableSchemas(IReadOnlyList<ResultTable> Tables, IReadOnlyList<ResultQuestion> Questions);

/// <summary>The tables of <c>query</c> over HTTP.</summary>
internal static class TableEndpoints
{
    public static void MapTables(this IEndpointRouteBuilder routes) =>
        routes.MapRead("/tables", Ok<TableSchemas> () => TypedResults.Ok(new TableSchemas(ResultTables.All, ResultQuestions.All))).WithTags("Query").WithSummary("The tables of a query with their columns and units, and ten questions that researchers ask.");
}
