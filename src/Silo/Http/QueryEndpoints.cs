using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Contracts.Api;
using Orchestrator.Results.Sql;

namespace Orchestrator.Silo.Http;

/// <summary>SQL over the result tables: as a JSON document, or as a file that other programs read.</summary>
internal static class QueryEndpoints
{
    private const int MostRows = 100_000;

    public static void MapQuery(this IEndpointRouteBuilder routes) => routes.MapRead("/query", Query).Produces<Table>().WithTags("Query")
        .AddEndpointFilter((invocation, next) => invocation.HttpContext.RequestServices.GetRequiredService<QueryPlaces>().Enter(invocation, next));

    /// <summary>One SELECT over the result tables, as JSON, CSV, Parquet or Arrow: read-only, with limits of time, memory and rows.</summary>
    internal static async Task<Results<FileStreamHttpResult, ProblemHttpResult>> Query(
        ISqlRunner queries, CancellationToken cancellation, string? sql = null, string format = "json", int limit = MostRows)
    {
        if (sql is null)
        {
            return Problems.Wrong("'sql' is missing: ask GET /api/v1/query?sql=SELECT…&format=json|csv|parquet|arrow.");
        }
        if (!AnswerFormats.Names.Contains(format))
        {
            return Problems.Wrong($"'{format}' is no format: give {string.Join(", ", AnswerFormats.Names)}.");
        }
        if (limit is < 0 or > MostRows)
        {
            return Problems.Wrong($"'limit' is from 0 to {MostRows}; csv, parquet and arrow have all rows.");
        }
        try
        {
            return await Whole(queries, sql, format, limit, cancellation);
        }
        catch (SqlException wrong)
        {
            return Problems.Wrong(wrong.Message);
        }
    }

    /// <summary>Written before the first byte is sent: a query that fails half way is a failure, not half an answer.</summary>
    private static async Task<FileStreamHttpResult> Whole(ISqlRunner queries, string sql, string format, int limit, CancellationToken cancellation)
    {
        var path = Path.Combine(Path.GetTempPath(), $"orchestrator-query-{Path.GetRandomFileName()}");
        try
        {
            await queries.Write(sql, format, limit, path, SqlLimits.Default, cancellation);
            var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous });
            return TypedResults.File(file, AnswerFormats.MediaType(format));
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }
}
