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
/// Answers about a sweep that depend on its rows and the question alone: made once for all who ask (<see cref="SharedAnswers"/>). Those about a sweep that has
/// ended carry the name of what they were made from (<c>ETag</c>), and who has such an answer is told that it still holds (304) before anything is read of its runs. A sweep that runs has none: its
/// elapsed time moves, and what it waits for; who says so (<c>Cache-Control: max-age=3</c> in the request) may get an answer that is so many seconds old.
/// </summary>
internal static class SweepAnswers
{
    private static readonly TimeSpan Oldest = TimeSpan.FromMinutes(1);

    /// <summary>For what reads a sweep, whose name is the route's <c>id</c>, and depends on nothing else than the query.</summary>
    public static RouteHandlerBuilder Shared(this RouteHandlerBuilder endpoint) =>
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
            var answer = await Answer(http, sweep, () => next(context));
            if (tag is not null && Unwrapped(answer) is IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK })
            {
                Name(http.Response, tag);
            }
            return answer;
        });

    private static async ValueTask<object?> Answer(HttpContext http, SweepRow sweep, Func<ValueTask<object?>> next)
    {
        var question = $"{http.Request.Path} {http.Request.QueryString} {sweep.Id} {sweep.State}";
        var maxAge = http.Request.GetTypedHeaders().CacheControl?.MaxAge is { } given && given < Oldest ? given : TimeSpan.Zero;
        object? own = null;
        var shared = await http.RequestServices.GetRequiredService<SharedAnswers>().Of(question, sweep.Change, HasEnded(sweep), maxAge, async () =>
        {
            own = await next();
            return Unwrapped(own) is IValueHttpResult { Value: { } value } and IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK }
                ? new SharedAnswer(
                    JsonSerializer.SerializeToUtf8Bytes(value, value.GetType(), http.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions),
                    http.Response.Headers.Link)
                : null;
        });
        return shared is var (answer, age) ? new Document(answer, age) : own ?? await next();
    }

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
    private sealed class Document(SharedAnswer answer, TimeSpan age) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => StatusCodes.Status200OK;

        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            (response.ContentType, response.ContentLength, response.Headers.Link) = ("application/json; charset=utf-8", answer.Json.Length, answer.Link);
            response.Headers.Age = ((int)age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            await response.Body.WriteAsync(answer.Json, httpContext.RequestAborted);
        }
    }
}
