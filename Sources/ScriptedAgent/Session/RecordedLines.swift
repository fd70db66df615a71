/// Parts of the CLI's lines that never change, as they were recorded from version 2.1.329.
enum RecordedLines {
    /// The answer to `initialize`, without what depends on the process.
    static let initializeAnswer = #"""
        {"commands":[{"name":"deep-research","description":"(135 characters)","argumentHint":"","builtin":true},\#
        {"name":"dataviz","description":"(1436 characters)","argumentHint":"","builtin":true},{"name":"update-co\#
        nfig","description":"(690 characters)","argumentHint":"","builtin":true}],"agents":[{"name":"claude","de\#
        scription":"(111 characters)"},{"name":"Explore","description":"(605 characters)","model":"inherit"},{"n\#
        ame":"general-purpose","description":"(279 characters)"}],"output_style":"default","available_output_sty\#
        les":["default","Proactive","Concise","Explanatory","Learning"],"user_output_styles_dir":"~/.claude/outp\#
        ut-styles","models":[{"value":"default","resolvedModel":"claude-opus-5-5","displayName":"Default (recomm\#
        ended)","description":"Use the default model (currently Opus 5.5) · $4/$20 per Mtok","supportsEffort":tr\#
        ue,"supportedEffortLevels":["low","medium","high","xhigh","max"],"supportsAdaptiveThinking":true,"suppor\#
        tsFastMode":true,"supportsAutoMode":true,"supportsThinkingOff":false},{"value":"opus","resolvedModel":"c\#
        laude-opus-5-5","displayName":"Opus","description":"Opus 5.5 · Best for everyday, complex tasks · $4/$20\#
         per Mtok","supportsEffort":true,"supportedEffortLevels":["low","medium","high","xhigh","max"],"supports\#
        AdaptiveThinking":true,"supportsFastMode":true,"supportsAutoMode":true,"supportsThinkingOff":false},{"va\#
        lue":"fable","resolvedModel":"claude-fable-5-2","displayName":"Fable","description":"(85 characters)","s\#
        upportsEffort":true,"supportedEffortLevels":["low","medium","high","xhigh","max"],"supportsAdaptiveThink\#
        ing":true,"supportsFastMode":true,"supportsAutoMode":true,"supportsThinkingOff":false}],"account":{"toke\#
        nSource":"none","apiKeySource":"ANTHROPIC_API_KEY","apiProvider":"firstParty"},"claude_code_version":"2.\#
        1.329","hook_on_failure_supported":true,"hooks_when_unanswered_kept":0,"other_hook_ask_outranks_host":tr\#
        ue,"feedback_mode":{"kind":"disabled"},"analytics_disabled":true,"remote_control_auto_enable":false,"rem\#
        ote_control_auto_connect_default":false,"remote_control_available":false,"remote_control_auto_on_by_defa\#
        ult":false,"ide_rc_auto_enable_gate":false,"fast_mode_state":"off","fast_mode_disabled_reason":"sdk_opt_\#
        in_required","capabilities":["ui_surface_v1","mcp_call_result_not_for_model_v1","mcp_call_check_permissi\#
        ons_v1","voice_call_talk_line_v1","ui_pane_widget_v1","reload_plugins_refuse_if_busy_v1","get_usage_deta\#
        ched_v1"]}
        """#

    /// `system/init`, without what depends on the session.
    static let initLine = #"""
        {"type":"system","subtype":"init","tools":["Task","AskUserQuestion","Bash","CronCreate","CronDelete","Cr\#
        onList","Edit","EnterPlanMode","EnterWorktree","ExitPlanMode","ExitWorktree","ListAgents","Monitor","Not\#
        ebookEdit","Read","ReportFindings","ScheduleWakeup","SendMessage","Skill","TaskStop","ToolSearch","WebFe\#
        tch","WebSearch","Workflow","Write"],"mcp_servers":[],"slash_commands":["deep-research","dataviz","updat\#
        e-config","verify"],"terminal_slash_commands":["doctor","color","focus","reload-plugins"],"apiKeySource"\#
        :"ANTHROPIC_API_KEY","claude_code_version":"2.1.329","output_style":"default","agents":["claude","Explor\#
        e","general-purpose","Plan","statusline-setup"],"skills":["deep-research","dataviz","update-config","ver\#
        ify"],"plugins":[{"name":"cc-plugin-agents-md","path":"builtin","source":"cc-plugin-agents-md@builtin"},\#
        {"name":"cc-plugin-privacy","path":"builtin","source":"cc-plugin-privacy@builtin"},{"name":"cc-plugin-pl\#
        ugin-authoring","path":"builtin","source":"cc-plugin-plugin-authoring@builtin"}],"capabilities":["interr\#
        upt_receipt_v1","interrupt_cancel_queued_v1","interrupt_send_now_v1","interrupt_requeue_taken_v1","msg_l\#
        ifecycle_v1","request_marker_lists_v1","ask_user_question_unanswered_v1","lifecycle_wakeup_source_v1","s\#
        dk_mcp_tools_list_changed","sdk_mcp_manifests","mcp_read_resource_v1","mcp_tool_ui_meta_v1","ui_surface_\#
        v1","mcp_call_result_not_for_model_v1","mcp_call_check_permissions_v1","voice_call_talk_line_v1","withdr\#
        awn_files_note_v2","ui_pane_widget_v1","reload_plugins_refuse_if_busy_v1","get_usage_detached_v1","silen\#
        t_resend_files_v1"],"analytics_disabled":true,"product_feedback_disabled":true,"served_by_anthropic":fal\#
        se,"additional_directories":[],"fast_mode_state":"off","fast_mode_disabled_reason":"sdk_opt_in_required"\#
        ,"per_turn_effort_active":true,"ultrathink_available":false,"ultrathink_typed_raises":false,"view_mode":\#
        "default"}
        """#
}
