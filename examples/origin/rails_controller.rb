# A controller of Rails behind the gate: `post 'webhooks', to: 'webhooks#create'` in routes.rb, and
# verify_forward.rb in lib/.

require 'verify_forward'

class WebhooksController < ActionController::API  # no cookie, so no token against forged forms
  # The destination, as `to` of the policy has it.
  DESTINATION = 'https://app.example.com/webhooks'.freeze

  def create
    event = Postern.verify_forward(
      method: request.request_method, url: DESTINATION, headers: headers_as_sent,
      body: request.raw_post,  # the bytes; `params` is what a parser made of them
      secrets: Rails.application.credentials.postern_secrets, now_seconds: Time.now.to_i
    )
    return head :unauthorized if event.nil?

    # `key` of the table is unique: an event that comes again changes nothing.
    Done.transaction do
      first = Done.create_or_find_by!(key: event[:key]).previously_new_record?
      Invoice.book(event, request.raw_post) if first
    end
    head :ok
  end

  private

  # Rack has `HTTP_POSTERN_KEY` for `postern-key`.
  def headers_as_sent
    request.headers.env.filter_map do |name, value|
      [name.delete_prefix('HTTP_').downcase.tr('_', '-'), value] if name.start_with?('HTTP_')
    end.to_h
  end
end
