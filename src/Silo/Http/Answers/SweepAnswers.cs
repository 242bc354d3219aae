using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Orchestrator.Contracts;
using Orchestrator.Contracts.Api;
using Orchestrator.Results.Sweeps;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Silo.Http.Answers;

/// <summary>
/// Answers about a sweep that depend on its rows and the question alone. Those about a sweep that has ended carry the name of what they were made from
/// (<c>ETag</c>), and who has such an answer is told that it still holds (304) before anything is read of its runs. A sweep that runs has none: its
/// elapsed time moves, and what it waits for.
/// </summary>
internal static class SweepAnswers
{
    /// <summary>For what reads a sweep, whose name is the route's <c>id</c>, and depends on nothing else than the query.</summary>
    public static RouteHandlerBuilder WithEntityTag(this RouteHandlerBuilder endpoint) => endpoint.Answers((_, _, next) => next());

    /// <summary>The same for what is reduced from all runs: made once for all who ask (<see cref="SharedAnswers"/>).</summary>
    public static RouteHandlerBuilder Shared(this RouteHandlerBuilder endpoint) => endpoint.Answers(async (http, sweep, next) =>
    {
        var ended = HasEnded(sweep);
        var question = $"{http.Request.Path} {http.Request.QueryString} {sweep.Id} {sweep.State} {(ended ? sweep.Change : "")}";
        object? own = null;
        var shared = await http.RequestServices.GetRequiredService<SharedAnswers>().Of(question, lasting: ended, async () =>
        {
            own = await next();
            return Unwrapped(own) is IValueHttpResult { Value: { } value } and IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK }
                ? JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions)
                : null;
        });
        return shared is not null ? new Document(shared) : own ?? await next();
    });

    private static RouteHandlerBuilder Answers(this RouteHandlerBuilder endpoint, Func<HttpContext, SweepRow, Func<ValueTask<object?>>, ValueTask<object?>> answering) =>
        endpoint.Produces(StatusCodes.Status304NotModified).AddEndpointFilter(async (context, next) =>
        {
            var http = context.HttpContext;
            var directory = http.RequestServices.GetRequiredService<SweepDirectory>();
            // Before the handler reads it again: what changes in between is named by the older number, and so asked for once more.
            if (await directory.Find((string)http.GetRouteValue("id")!, http.RequestAborted) is not { } sweep)
            {
                return await next(context);
            }
            var tag = HasEnded(sweep) ? Tag(sweep, http.Request.QueryString) : null;
            if (tag is not null && http.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
            {
                Name(http.Response, tag);
                return TypedResults.StatusCode(StatusCodes.Status304NotModified);
            }
            var answer = await answering(http, sweep, () => next(context));
            if (tag is not null && Unwrapped(answer) is IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK })
            {
                Name(http.Response, tag);
            }
            return answer;
        });

    private static bool HasEnded(SweepRow sweep) => sweep is { Ended: not null, State: not SweepState.Running };

    private static object? Unwrapped(object? answer) => answer is INestedHttpResult several ? several.Result : answer;

    /// <summary>The number counts every change of the sweep and of its runs; another version of the program may make another answer of the same rows.</summary>
    private static EntityTagHeaderValue Tag(SweepRow sweep, QueryString query)
    {
        var made = string.Create(CultureInfo.InvariantCulture, $"{sweep.Id} {sweep.Change} {Versions.Product} {query}");
        return new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(made)).AsSpan(0, 16))}\"");
    }

    // Whoever keeps it asks each time whether it still holds; nobody keeps it for others, who may have no token.
    private static void Name(HttpResponse response, EntityTagHeaderValue tag) => (response.Headers.ETag, response.Headers.CacheControl) = (tag.ToString(), "private, no-cache");

    /// <summary>A JSON document that is already written.</summary>
    private sealed class Document(byte[] json) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => StatusCodes.Status200OK;

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            (httpContext.Response.ContentType, httpContext.Response.ContentLength) = ("application/json; charset=utf-8", json.Length);
            await httpContext.Response.Body.WriteAsync(json, httpContext.RequestAborted);
        }
    }
}
